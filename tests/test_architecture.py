"""The shape of the code: which module may import which, and how long files and functions may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.executor.bundle.frameworks.registry import FRAMEWORKS
from tests.house import source_tree
from tests.house.source_tree import (
    ROOT,
    SERVICES,
    Source,
    imports,
    message_names,
    modules,
    ours,
    sources,
    walk,
)

# Imports go down a list, never up, and never across one row's modules. A name is a module or a
# package directly below the service; every one has its row.
LAYERS: dict[str, list[set[str]]] = {
    "executor": [
        {"errors"},
        {
            *("agent_memory", "agent_parts", "budgets", "call_rules", "clients", "conversation"),
            *(
                "access_errors",
                "agent_names",
                "env_kinds",
                "keys",
                "limits",
                "mcp_servers",
                "run_errors",
            ),
        },
        {"access", "tool_reach"},
        {"domain", "fair_slots", "side_turns"},
        {"incomplete_load", "lifecycle_events", "long_json", "model_events"},
        {"conversation_json", "events", "run_request", "schemas", "side_thread"},
        {"settings_fields", "bundle", "egress", "quota"},
        {"access"},
        {
            *("access_settings", "audit_settings", "metrics_settings"),
            *("providers", "quota_settings"),
            *("registry_settings", "run_settings", "secret_settings", "tls_settings"),
            *("runner_settings", "traces_settings"),
        },
        {"admin_settings"},
        {"settings_parts"},
        {"settings", "wire"},
        {"agent"},
        {"audit"},
        {"registry", "runs"},
        {"metrics"},
        {"adapters"},
        {
            *("access_setup", "audit_setup", "egress_setup"),
            *("executor_health", "quota_setup", "run_database", "tls_setup"),
            "traces_setup",
        },
        {"planner_setup", "registry_setup"},
        {"admission", "key_desk"},
        {"access_interceptor", "metrics_setup", "run_service"},
        {"admin_setup"},
        {"admin_service", "agent_service", "service", "session_service"},
        {"assembly", "operated_keys"},
        {"server", "workers"},
        {"__main__"},
    ],
    "toolrunner": [
        {"errors", "strict_json", "tenants"},
        {"domain"},
        {"messages"},
        {"effects"},
        {"checks", "programs", "outbox", "upload", "guest"},
        {"call_ledger", "call_spans", "refusals"},
        {"admin_settings", "tls_settings"},
        {"settings", "session", "sandbox", "parsing_wire", "outcome_wire", "traces_wire"},
        {"wire", "reassembly_wire"},
        {"executors_only", "receiving_wire"},
        # The worker process, which nothing of the front imports.
        {"worker"},
        # The front.
        {"pool"},
        {"program_loader"},
        {"stream"},
        {"service"},
        {"metrics_setup"},
        {"admin_setup", "assembly", "traces_setup"},
        {"server"},
        {"__main__"},
    ],
}
# The same inside of the executor's `bundle`.
BUNDLE_LAYERS: list[set[str]] = [
    {"ports", "version"},
    {"syntax"},
    {"evaluate", "index"},
    {"frameworks", "schema", "reach", "needed"},
    {"manifest"},
    {"intake"},
    {"process"},
]
# Where a framework's knowledge lies, in a folder of its own; nothing else names one but these.
FRAMEWORKS_READ = SERVICES / "executor/bundle/frameworks"
FRAMEWORKS_CALLED = SERVICES / "toolrunner/guest/prelude/src/frameworks"
NAMES_FRAMEWORKS = {
    "services/executor/bundle/frameworks/registry.py": "lists them",
    "services/toolrunner/guest/prelude/src/frameworks/index.js": "lists them",
    "services/cli/checkup.py": "its probe is a bundle, which is written with some framework",
    "protos/caisson/executor/v1/manifest.proto": "keeps the numbers of those that have one",
}
WORKER_SIDE = {"sandbox", "guest", "worker"}
# Both services may import the stubs, and what receives requests before any code of theirs runs; the
# command line may import both services.
SHARED = {"front", "telemetry"}

# Who may import a library that reaches the outside, or that only one part is to know.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "litellm": ("executor/adapters/",),
    "httpx": ("executor/adapters/",),
    "httpx2": ("executor/adapters/mcp/",),
    "mcp": ("executor/adapters/mcp/",),
    "mcp_types": ("executor/adapters/mcp/",),
    "sqlite3": ("executor/adapters/database/",),
    "sqlalchemy": ("executor/adapters/database/",),
    "alembic": ("executor/adapters/database/revisions.py", "executor/adapters/database/versions/"),
    "psycopg": ("executor/adapters/database/",),
    "redis": ("executor/adapters/valkey/",),
    "jwt": ("executor/adapters/jwt/",),
    "cryptography": ("executor/runs/sealing.py", "front/tls_files.py"),
    "jsonschema_rs": ("executor/schemas/validation.py",),
    "esprima": ("executor/bundle/",),
    "tree_sitter": (
        "executor/bundle/index/",
        "executor/bundle/reach/",
        "executor/bundle/needed/tokens.py",
    ),
    "tree_sitter_javascript": ("executor/bundle/index/", "executor/bundle/reach/grammar.py"),
    "wasmtime": ("toolrunner/sandbox/",),
    "pyseccomp": ("toolrunner/worker/jail.py",),
    "grpc": (
        "front/cut.py",
        "front/grpc_status.py",
        "front/method_handlers.py",
        "front/receiving.py",
        "front/side_streams.py",
        "front/tls.py",
        "telemetry/traces/interceptor.py",
        "telemetry/traces/otlp.py",
        "telemetry/admin/grpc_port.py",
        "telemetry/metrics/rpc_calls.py",
        "executor/adapters/",
        "executor/access_interceptor.py",
        "executor/run_service.py",
        "executor/service.py",
        "executor/assembly.py",
        "executor/server.py",
        "toolrunner/executors_only.py",
        "toolrunner/service.py",
        "toolrunner/server.py",
        "cli/",
    ),
    "opentelemetry": ("telemetry/traces/otlp.py",),
    "prometheus_client": ("telemetry/metrics/",),
    "starlette": ("telemetry/admin/",),
    "uvicorn": ("telemetry/admin/",),
    "grpc_channelz": ("telemetry/admin/grpc_port.py",),
    "click": ("cli/",),
    "rich": ("cli/",),
}

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}

# The build of the guest is a program of the build, which passes its environment on to compilers.
# Importing by name is for what is slow to import and often not needed.
# The command works without the libraries of a service that is not installed.
IMPORTS_BY_NAME = {
    *("cli/__main__.py", "cli/command.py", "cli/checkup.py", "cli/service_settings.py"),
    *("cli/certificate_files.py", "cli/egress.py", "front/tls.py", "cli/commands/runs_replay.py"),
    *("cli/commands/audit.py", "cli/commands/database.py", "cli/commands/keys.py"),
    "executor/adapters/litellm/model.py",
    "executor/adapters/mcp/client.py",
    "executor/adapters/database/schema.py",
    "executor/quota_setup.py",
    "telemetry/traces/tracing.py",
}

# The worker's protocol is a matter of two processes of one service; these speak it.
SPEAKS_WORKER_PROTOCOL = (
    "toolrunner/worker/loop.py",
    "toolrunner/worker/inbox.py",
)

# The command line passes its environment on to the services that it starts, and looks for misspelt
# names in it; the jail empties it.
USES_ENVIRONMENT = {
    *("toolrunner/guest/build.py", "toolrunner/worker/jail.py"),
    *("cli/hosting.py", "cli/command.py"),
}


def rank(service: str, part: str) -> int | None:
    """Return the row of ``part`` in its service's table, None when it has none."""
    rows = {name: row for row, names in enumerate(LAYERS[service]) for name in names}
    return rows.get(part, rows.get("wire") if part.endswith("_wire") else None)


def code_files() -> list[Path]:
    """Return what is written by hand of services, of the guest's JavaScript, and of the protos."""
    found = [path for path in SERVICES.rglob("*") if path.suffix in {".py", ".js", ".cjs", ".mjs"}]
    ours = [path for path in found if not {"node_modules", "dist"} & set(path.parts)]
    return sorted((*ours, *(ROOT / "protos").rglob("*.proto"), *(ROOT / "tools").rglob("*.py")))


def is_of_a_framework(path: Path) -> bool:
    """Tell whether a file lies in the folder of a framework."""
    rooms = (FRAMEWORKS_READ, FRAMEWORKS_CALLED)
    return any(room in path.parents and room != path.parent for room in rooms)


def violations(found: Iterator[str]) -> str:
    """Return the violations, one a line."""
    return "\n".join(found)


def test_every_module_has_a_layer() -> None:
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


def test_imports_inside_bundle_run_one_way() -> None:
    rows = {name: row for row, names in enumerate(BUNDLE_LAYERS) for name in names}

    def wrong() -> Iterator[str]:
        for source in sources():
            if not source.path.startswith("executor/bundle/"):
                continue
            room = source.path.split("/")[2].removesuffix(".py")
            if room == "__init__":
                continue
            for found, target in ours(source):
                if target[:2] != ["executor", "bundle"] or target[2:3] in ([], [room]):
                    continue
                if rows[target[2]] >= rows[room]:
                    yield f"{source.path}:{found.line} imports {found.target}"

    assert not (text := violations(wrong())), text


def folders(room: Path) -> set[str]:
    """Return the names of the folders of frameworks in a room, with hyphens."""
    found = {path.name for path in room.iterdir() if path.is_dir() and path.name != "__pycache__"}
    return {name.replace("_", "-") for name in found}


def test_framework_is_a_folder_on_each_side() -> None:
    listed = {framework.name for framework in FRAMEWORKS}
    assert folders(FRAMEWORKS_READ) == listed
    assert folders(FRAMEWORKS_CALLED) == listed


def test_only_framework_folders_name_a_framework() -> None:
    # As code writes a name; prose such as "the AI SDK's UI message stream" is another matter.
    words = (each.name.replace("-", "[-_/]?") for each in FRAMEWORKS)
    naming = re.compile("|".join(words), re.IGNORECASE)

    def wrong() -> Iterator[str]:
        for path in code_files():
            name = path.relative_to(ROOT).as_posix()
            if name in NAMES_FRAMEWORKS or is_of_a_framework(path):
                continue
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if naming.search(text):
                    yield f"{name}:{line} names a framework: {text.strip()}"

    assert not (text := violations(wrong())), text


def test_front_does_not_import_worker_code() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            if source.service != "toolrunner" or source.part in WORKER_SIDE:
                continue
            for found, target in ours(source):
                if target[0:1] == ["toolrunner"] and set(target[1:2]) & WORKER_SIDE:
                    yield f"{source.path}:{found.line} imports {found.target}"

    assert not (text := violations(wrong())), text


def test_services_share_only_stubs_and_the_front() -> None:
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


def test_own_code_is_imported_at_module_level() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            for found, _ in ours(source):
                if found.local:
                    yield f"{source.path}:{found.line} imports {found.target} inside a function"

    assert not (text := violations(wrong())), text


def test_modules_are_not_imported_by_name() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            for found in imports(source):
                by_name = found.target == "importlib"
                if by_name and source.path not in IMPORTS_BY_NAME:
                    yield f"{source.path}:{found.line} imports {found.target}"

    assert not (text := violations(wrong())), text


def test_libraries_stay_in_their_layer() -> None:
    def wrong() -> Iterator[str]:
        for source in sources():
            for found in imports(source):
                places = ONLY_IN.get(found.target.split(".")[0])
                if places is not None and not source.path.startswith(places):
                    yield f"{source.path}:{found.line} imports {found.target}"

    assert not (text := violations(wrong())), text


def may_name_message(source: Source, name: str) -> bool:
    """Tell whether ``source`` may use ``name`` of a module of messages."""
    if source.path.endswith(("/service.py", "_service.py")):
        return name.endswith(("Request", "Response"))
    if source.path in SPEAKS_WORKER_PROTOCOL or source.service == "ui_stream":
        return True
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


def test_module_names_are_specific() -> None:
    named = {name for source in sources() for name in source.module.split(".")}
    assert not named & FORBIDDEN_NAMES


@pytest.mark.parametrize("path", source_tree.paths())
def test_files_and_functions_are_short(path: str) -> None:
    source = source_tree.source_of(path)
    assert source.lines <= MAX_FILE_LINES
    long = {
        f"{node.name} has {length} lines"
        for node, _ in walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert not long
