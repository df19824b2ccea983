"""Schemas to read, as source text: several hundred expressions of zod 4, zod mini and zod 3."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent / "corpus"


def declarations(*names: str) -> str:
    """Return the declarations that expressions may use."""
    return "\n".join((HERE / f"{name}.txt").read_text() for name in names)


def expressions(*names: str) -> list[str]:
    """Return the expressions of some files, one a line."""
    found = [line for name in names for line in (HERE / f"{name}.txt").read_text().splitlines()]
    return [line for line in found if line and not line.startswith("//")]


def wrapped(*names: str) -> list[str]:
    """Return object schemas whose property ``x`` is each expression of some files."""
    return [f"z.object({{ x: {expression} }})" for expression in expressions(*names)]


BEFORE = {
    "classic": declarations("before", "before_classic", "before_four"),
    "mini": declarations("before", "before_mini"),
    "three": declarations("before", "before_classic"),
}
SCHEMAS = {
    "classic": [*wrapped("all", "classic", "four"), *expressions("roots", "roots_four")],
    "mini": [*wrapped("all", "mini"), "node4", "base"],
    "three": [*wrapped("all", "classic", "three"), *expressions("roots")],
}
