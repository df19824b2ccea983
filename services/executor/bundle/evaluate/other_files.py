"""Finds other project files that a bundle still imports; a bundle must be one file."""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.bundle.evaluate.values import ImportRef, Value
from services.executor.bundle.syntax.not_javascript import BUNDLING
from services.executor.bundle.syntax.syntax import Node

ONE_FILE = f"a bundle is one file: bundle into one file, as with `{BUNDLING}`"


def is_other_file(specifier: str) -> bool:
    """Return whether an import names a file rather than a package."""
    return specifier.startswith(("./", "../", "/")) or specifier in (".", "..")


def imports_of_files(program: Node) -> Iterator[tuple[str, Node]]:
    """Yield each file that a module's imports and re-exports name, with the statement."""
    for statement in program.body:
        if statement.type.startswith(("Import", "Export")):
            source = getattr(statement, "source", None)
            if source is not None and is_other_file(str(source.value)):
                yield str(source.value), statement


def from_other_file(value: Value) -> str | None:
    """Return why a value from another file cannot be read, or None for other values."""
    if isinstance(value, ImportRef) and is_other_file(value.specifier):
        return f"it is in another file, `{value.specifier}`, and {ONE_FILE}"
    return None
