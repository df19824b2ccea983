"""The shape of the code: which module may import which, and how long files and functions may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ROOT / "services"

# Imports go down a list, never up, and never across one row's modules. A name is a module or a
# package directly below the service; every one has its row.
LAYERS: dict[str, list[set[str]]] = {
    "executor": [
        {"errors"},
        {"domain"},
        {"events"},
        {"settings", "agent", "bundle", "wire"},
        {"adapters"},
        {"service"},
        {"server"},
        {"__main__"},
    ],
    "toolrunner": [
        {"errors"},
        {"domain"},
        {"messages"},
        {"effects", "work"},
        {"checks", "programs"},
        {"settings", "session", "sandbox", "jail", "guest", "wire"},
        {"worker", "worker_link", "worker_process"},
        {"live_worker", "shared_load"},
        {"pool"},
        {"service"},
        {"server"},
        {"__main__"},
    ],
}
# Both services may import the stubs; the command line may import both services.
SHARED = {"gen"}
GENERATED = "services.gen."

# Who may import a library that reaches the outside, or that only one part is to know.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "litellm": ("executor/adapters/",),
    "httpx": ("executor/adapters/",),
    "sqlite3": ("executor/adapters/",),
    "jsonschema_rs": ("executor/adapters/",),
    "esprima": ("executor/bundle/",),
    "wasmtime": ("toolrunner/sandbox/",),
    "pyseccomp": ("toolrunner/jail.py",),
    "grpc": (
        "executor/adapters/",
        "executor/service.py",
        "executor/server.py",
        "toolrunner/service.py",
        "toolrunner/server.py",
        "cli/",
    ),
    "click": ("cli/",),
    "rich": ("cli/",),
}

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}

# The build of the guest is a program of the build, which passes its environment on to compilers.
# The command line passes its environment on to the services that it starts.
USES_ENVIRONMENT = {"toolrunner/guest/build.py", "cli/hosting.py"}


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
        return self.path.endswith("/wire.py") or self.path.endswith("_wire.py")


@cache
def sources() -> tuple[Source, ...]:
    """Return every source file below ``services/`` that we write by hand."""
    found = []
    for file in sorted(SERVICES.rglob("*.py")):
        path = file.relative_to(SERVICES).as_posix()
        if path.startswith("gen/") or "/" not in path or "node_modules" in path:
            continue
        module = f"services.{path.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")
        text = file.read_text(encoding="utf-8")
        found.append(Source(path, module, ast.parse(text, path), text.count("\n")))
    return tuple(found)


@cache
def modules() -> frozenset[str]:
    """Return the dotted names of our modules, the generated ones included."""
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


def rank(service: str, part: str) -> int | None:
    """Return the row of ``part`` in its service's table, None when it has none."""
    part = "wire" if part.endswith("_wire") else part
    return next((row for row, names in enumerate(LAYERS[service]) if part in names), None)


def violations(found: Iterator[str]) -> str:
    """Return the violations, one a line."""
    return "\n".join(found)


def test_every_module_of_a_service_has_its_layer() -> None:
    lost = {
        f"{source.service}/{source.part}"
        for source in sources()
        if source.service in LAYERS
        and source.part != "__init__"
        and rank(source.service, source.part) is None
    }
    assert not lost, f"say in LAYERS where these belong: {sorted(lost)}"


def test_imports_run_one_way() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            for found, target in ours(source):
                if source.service not in LAYERS or target[:1] != [source.service]:
                    continue
                if len(target) < 2 or target[1] == source.part:
                    continue
                mine, theirs = rank(source.service, source.part), rank(source.service, target[1])
                if mine is None or theirs is None or theirs >= mine:
                    yield f"{source.path}:{found.line} imports {found.target}"

    assert not (text := violations(wrong())), text


def test_services_share_only_the_generated_stubs() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            allowed = {source.service, *SHARED, *(LAYERS if source.service == "cli" else ())}
            for found, target in ours(source):
                if target and target[0] not in allowed:
                    yield f"{source.path}:{found.line} imports {found.target}"

    assert not (text := violations(wrong())), text


def test_no_import_cycle() -> None:
    graph = {
        source.module: {found.target for found in imports(source)} & modules()
        for source in sources()
    }
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"import cycle: {' -> '.join((*path, module))}"
        if module in done:
            return
        for target in sorted(graph.get(module, ())):
            visit(target, (*path, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_our_code_is_imported_at_the_top() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            for found, _ in ours(source):
                if found.local:
                    yield f"{source.path}:{found.line} imports {found.target} inside a function"

    assert not (text := violations(wrong())), text


def test_libraries_stay_in_their_part() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            for found in imports(source):
                places = ONLY_IN.get(found.target.split(".")[0])
                if places is not None and not source.path.startswith(places):
                    yield f"{source.path}:{found.line} imports {found.target}"

    assert not (text := violations(wrong())), text


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


def may_name_message(source: Source, name: str) -> bool:
    """Tell whether ``source`` may use ``name`` of a module of messages."""
    if source.path.endswith("/service.py"):
        return name.endswith(("Request", "Response"))
    return source.is_wire or (source.path.endswith("/server.py") and name == "DESCRIPTOR")


def test_only_wire_files_touch_messages() -> None:
    """A service may name its requests and responses, a server its descriptors; no more."""

    def wrong() -> Iterator[str]:
        for source in sources():
            for line, name in message_names(source):
                if not may_name_message(source, name):
                    yield f"{source.path}:{line} uses the message {name}"

    assert not (text := violations(wrong())), text


def test_only_settings_read_the_environment() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            if source.path.endswith("/settings.py") or source.path in USES_ENVIRONMENT:
                continue
            for node, _ in walk(source.tree):
                if isinstance(node, ast.Attribute) and node.attr in {
                    "environ",
                    "environb",
                    "getenv",
                }:
                    yield f"{source.path}:{node.lineno} reads the environment"

    assert not (text := violations(wrong())), text


def test_modules_are_named_after_what_they_are() -> None:
    named = {name for source in sources() for name in source.module.split(".")}
    assert not named & FORBIDDEN_NAMES


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path)
def test_files_and_functions_are_short(source: Source) -> None:
    assert source.lines <= MAX_FILE_LINES
    long = {
        f"{node.name} has {length} lines"
        for node, _ in walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert not long
