"""What Node's modules export, in Node and in the sandbox, and the table of it in ``docs/node.md``.

``python -m tests.node.surface`` writes the table.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from tests.guest.sandboxed import Sandbox
from tests.node.cases import run_node

HERE = Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "node.md"
TABLE = re.compile(r"(<!-- node modules -->\n).*?(<!-- end -->)", re.DOTALL)
SCRIPT = (HERE / "surface.js").read_text(encoding="utf-8")

ABSENT = ("sqlite",)
"""Modules that the sandbox lacks, as a Node that was built without them."""

Members = Mapping[str, dict[str, str]]

Surface = dict[str, dict[str, dict[str, str]]]
"""By module and export: its ``kind``, and its ``level``: real, inert or refused."""


def node_surface() -> Surface:
    """Return what Node's modules export."""
    return cast("Surface", json.loads(run_node(f"{SCRIPT}\ntell(surface(publicModules()));")))


def guest_surface(sandbox: Sandbox, names: Iterable[str]) -> Surface:
    """Return what the modules of these names export in the sandbox."""
    tool = f"{{execute: () => surface({json.dumps(list(names))})}}"
    source = f"{SCRIPT}\nexports.agents = {{main: {{tools: {{list: {tool}}}}}}};"
    return cast("Surface", sandbox.load(source, module=False).call("list").value)


def differences(
    expected: Mapping[str, dict[str, str]], found: Mapping[str, dict[str, str]]
) -> list[str]:
    """Return the exports of one module that are missing or of another kind, with a word why."""
    missing = [f"{name}: missing" for name in expected if name not in found]
    other = [
        f"{name}: {found[name]['kind']}, not {member['kind']}"
        for name, member in expected.items()
        if name in found and found[name]["kind"] != member["kind"]
    ]
    return missing + other


def table(surface: Surface) -> list[str]:
    """Return the lines of the table of what the sandbox has of each module."""
    rows = ["| module | does nothing | refused |", "|---|---|---|"]
    for name, members in sorted(surface.items()):
        if name in ABSENT:
            rows.append(f"| `{name}` | | absent: `ERR_UNKNOWN_BUILTIN_MODULE` |")
        else:
            cells = (listed(members, level) for level in ("inert", "refused"))
            rows.append(f"| `{name}` | {' | '.join(cells)} |")
    return rows


def listed(members: Members, level: str) -> str:
    """Return the names of a level, for a cell of the table."""
    return ", ".join(f"`{name}`" for name, member in members.items() if member["level"] == level)


def with_table(text: str, surface: Surface) -> str:
    """Return a document with the table in its place."""
    return TABLE.sub(lambda found: found[1] + "\n".join([*table(surface), found[2]]), text)


def main() -> int:
    """Write the table; return the exit status."""
    sandbox = Sandbox()
    try:
        surface = guest_surface(sandbox, node_surface())
    finally:
        sandbox.close()
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_table(text, surface), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
