"""Builds the bundles of the clients, once for each change of what goes in."""

from __future__ import annotations

from pathlib import Path

from tests.npm import bundled

HERE = Path(__file__).parent
CLIENTS = HERE / "clients"
FORMS = ("cjs", "esm-min", "esm", "cjs-min")
"""Formats, minified or not."""


def build() -> Path:
    """Return the folder with a folder of bundles for each form.

    Raises:
        subprocess.CalledProcessError: npm or esbuild failed; its output is on stderr.
    """
    return bundled(HERE, "node-clients", CLIENTS, *FORMS)
