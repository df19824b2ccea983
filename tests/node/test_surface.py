"""Every export of every Node module is there, of the same kind, and the table of them is true."""

from __future__ import annotations

import pytest

from tests.guest.conftest import sandbox
from tests.guest.sandboxed import Sandbox, run_body
from tests.node.surface import (
    ABSENT,
    DOCUMENT,
    Surface,
    differences,
    guest_surface,
    node_surface,
    with_table,
)

__all__ = ["sandbox"]

# A program that is imported has no main module; Node's own runs the script of this comparison.
OWN = {
    "process": {"mainModule", "exitCode", "_eval"},
    # Async generators are not told from classes in Node.
    "fs/promises": {"glob", "watch"},
    # Refused functions rather than classes; CloseEvent is Node's global only with its WebSocket.
    "http": {"WebSocket", "CloseEvent"},
    "net": {"SocketAddress"},
}


@pytest.fixture(scope="module")
def expected() -> Surface:
    """Return what Node's modules export."""
    return node_surface()


@pytest.fixture(scope="module")
def found(sandbox: Sandbox, expected: Surface) -> Surface:
    """Return what they export in the sandbox."""
    return guest_surface(sandbox, expected)


def test_modules_export_what_node_exports(expected: Surface, found: Surface) -> None:
    whole = [name for name in expected if name not in ABSENT]
    different = {name: differences(expected[name], found[name]) for name in whole}
    unexpected = {
        name: [text for text in each if text.partition(":")[0] not in OWN.get(name, ())]
        for name, each in different.items()
    }
    assert {name: each for name, each in unexpected.items() if each} == {}


def test_absent_modules_fail_as_in_a_node_without_them(found: Surface) -> None:
    codes = [str(found[name]["threw"]) for name in ABSENT]
    assert codes == ["ERR_UNKNOWN_BUILTIN_MODULE" for _ in ABSENT]


def test_named_imports_are_the_members(sandbox: Sandbox, expected: Surface) -> None:
    whole = [name for name in expected if name not in ABSENT]
    lines, checks = [], []
    for at, name in enumerate(whole):
        own = OWN.get(name, ())
        names = [each for each in expected[name] if each.isidentifier() and each not in own]
        aliases = [(each, f"m{at}_{i}") for i, each in enumerate(names)]
        clause = ", ".join(f"{each} as {alias}" for each, alias in aliases)
        lines.append(f'import all{at}, {{ {clause} }} from "node:{name}";')
        pairs = ", ".join(
            f'["{name}.{each}", all{at}[{each!r}], {alias}]' for each, alias in aliases
        )
        checks.append(pairs)
    body = f"""
      const differ = ([, whole, named]) => !Object.is(whole, named);
      return [{", ".join(checks)}].filter(differ).map(([name]) => name);
    """
    assert run_body(sandbox, body, head="\n".join(lines)).value == []


def test_table_of_modules_is_true(found: Surface) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(text, found) == text, "run `make docs`"
