"""Builds the bundles of the SDKs, once for each change of what goes in."""

from __future__ import annotations

from pathlib import Path

from tests.npm import bundled

HERE = Path(__file__).parent
TOOLS = HERE / "tools"
NAMES = sorted(path.stem for path in TOOLS.glob("*.mjs"))


def build() -> Path:
    """Return the folder with a bundle for each tool, and ``agents`` with that of the agent.

    Raises:
        subprocess.CalledProcessError: npm or esbuild failed; its output is on stderr.
    """
    return bundled(HERE, "sdks", TOOLS, files=("research.mjs",))
