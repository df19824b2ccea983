"""The build hook: a wheel carries the sandbox's guest, so building one builds the guest first.

Everything else about the project is in ``pyproject.toml``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# A build frontend does not put the project's own folder on the path.
sys.path.insert(0, str(ROOT))

from services.toolrunner.guest import build as guest  # noqa: E402  # needs the path above


class BuildWithGuest(build_py):
    """``build_py`` that first builds what is stale of the guest.

    An editable install builds nothing: it points at the source tree, where ``make guest`` builds.
    """

    def run(self) -> None:
        """Build the guest, then collect packages and package data."""
        if not self.editable_mode:
            guest.build()
            self.data_files = self._get_data_files()
        super().run()


setup(cmdclass={"build_py": BuildWithGuest})
