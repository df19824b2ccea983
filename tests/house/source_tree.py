"""Reads the source files below ``services/`` as syntax trees, for the tests of their shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
GENERATED = "caisson."


@dataclass(frozen=True)
class Import:
    """One import of a module: ``target`` is dotted; ``local`` when it stands inside a function."""

    target: str
    line: int
    local: bool


@dataclass(frozen=True)
class Source:
    """A source file of ours: its path below ``services/``, dotted name and syntax tree."""

    path: str
    module: str
    tree: ast.Module
    lines: int

    @property
    def service(self) -> str:
        """The package directly below ``services`` in which it lies."""
        return self.path.split("/")[0]

    @property
    def part(self) -> str:
        """The module or package directly below the service in which it lies."""
        return self.path.split("/")[1].removesuffix(".py")

    @property
    def is_wire(self) -> bool:
        """Whether it is one of the files that turn our types into messages."""
        return "/wire/" in self.path or self.path.endswith(("/wire.py", "_wire.py"))


@cache
def paths() -> tuple[str, ...]:
    """Return the paths below ``services/`` of all source files that we write by hand."""
    found = (file.relative_to(SERVICES).as_posix() for file in sorted(SERVICES.rglob("*.py")))
    return tuple(path for path in found if "/" in path and "node_modules" not in path)


@cache
def source_of(path: str) -> Source:
    """Read the source file at a path below ``services/``."""
    module = f"services.{path.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")
    text = (SERVICES / path).read_text(encoding="utf-8")
    return Source(path, module, ast.parse(text, path), text.count("\n"))


@cache
def sources() -> tuple[Source, ...]:
    """Read every source file below ``services/`` that we write by hand."""
    return tuple(map(source_of, paths()))


@cache
def modules() -> frozenset[str]:
    """Return the dotted names of the modules below ``services/``."""
    paths = (path.relative_to(ROOT).with_suffix("") for path in SERVICES.rglob("*.py"))
    return frozenset(".".join(path.parts).removesuffix(".__init__") for path in paths)


def walk(node: ast.AST, local: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Yield every node below ``node`` and whether it stands inside a function."""
    for child in ast.iter_child_nodes(node):
        yield child, local
        inside = local or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from walk(child, inside)


@cache
def imports(source: Source) -> tuple[Import, ...]:
    """Return what ``source`` imports, each name that is a module as that module."""
    found = []
    for node, local in walk(source.tree):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno, local) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{source.path}:{node.lineno}: imports are absolute"
            base = node.module or ""
            names = [f"{base}.{alias.name}" for alias in node.names]
            targets = {name if name in modules() or "_pb2" in name else base for name in names}
            found += [Import(target, node.lineno, local) for target in sorted(targets)]
    return tuple(found)


def ours(source: Source) -> Iterator[tuple[Import, list[str]]]:
    """Yield the imports of our own code with the target's parts below ``services``."""
    for found in imports(source):
        if found.target.split(".")[0] == "services":
            yield found, found.target.split(".")[1:]


def attributes_of(source: Source, alias: str) -> set[str]:
    """Return the names that ``source`` uses of the module that it calls ``alias``."""
    return {
        node.attr
        for node, _ in walk(source.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == alias
    }


def message_names(source: Source) -> Iterator[tuple[int, str]]:
    """Yield line and name of what ``source`` uses of our messages' modules."""
    for node, _ in walk(source.tree):
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        if not isinstance(node, ast.ImportFrom) or not module.startswith(GENERATED):
            continue
        for alias in node.names:
            if module.endswith("_pb2"):
                yield node.lineno, alias.name
            elif alias.name.endswith("_pb2"):
                for name in sorted(attributes_of(source, alias.asname or alias.name)):
                    yield node.lineno, name
