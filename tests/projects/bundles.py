"""Builds the bundles of the projects, once for each change of what goes in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.npm import bundled

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
FORMS = ("esm", "cjs", "esm.min", "cjs.min")
# Minified, one project as an ES module and the next as CommonJS.
TURNS = "turns"
NAMES = (
    *("agents_starter", "archive", "channel", "customers", "desk", "diary", "edges", "legacy"),
    *("mail", "mastra_starter-everything", "mastra_starter-packages", "mastra_starter-whole"),
    *("messages", "notes", "orders", "pages", "protocol", "research", "sdk_starter", "stores"),
    *("terminal", "traced", "weather"),
)
# Those that load in a second.
QUICK = (
    *("archive", "desk", "edges", "legacy", "mail", "mastra_starter-packages", "notes", "orders"),
    *("pages", "protocol", "research", "sdk_starter", "traced"),
)


def build(form: str, names: Sequence[str]) -> Path:
    """Return the folder with the bundles of those names in a form, and their ``node_modules``.

    Raises:
        subprocess.CalledProcessError: npm or esbuild failed; its output is on stderr.
    """
    settings = ("package.json", "bundles.py")
    return bundled(HERE, "projects", SOURCES, form, *names, files=settings, with_packages=True)
