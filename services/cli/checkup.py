"""The checks of ``caisson doctor``, each of one thing."""

from __future__ import annotations

import hashlib
import os
import platform
import socket
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from services.cli.certificate_files import examined
from services.cli.client.tool_call import CALL_ID, call_tool, capabilities_of
from services.cli.domain import MIB
from services.cli.egress import EgressOptions
from services.cli.errors import CliError
from services.cli.installed import EXECUTOR, TOOLRUNNER, how, missing
from services.cli.service_settings import EGRESS_SETUP
from services.cli.settings import provider_access
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import Program
from services.executor.egress.scripted import ScriptedExchange
from services.executor.errors import ExecutorError
from services.executor.events import ToolRequest
from services.executor.limits import ToolCallLimits
from services.executor.run_settings import KEY_IS_MISSING
from services.executor.settings import PREFIX, process_environment
from services.executor.settings import Settings as ExecutorSettings
from services.toolrunner.errors import ToolRunnerError
from services.toolrunner.guest.build import DIST, notices_of
from services.toolrunner.pool.priority import can_be_restored
from services.toolrunner.settings import Settings as ToolrunnerSettings

EXAMINING = "services.executor.adapters.database.examining"
SERVER = "services.toolrunner.server"
CLOCK_S = 60.0
OLDEST_PYTHON = (3, 11)
LIBRARIES = {
    EXECUTOR: ("litellm", "esprima-fork", "jsonschema-rs"),
    TOOLRUNNER: ("wasmtime",),
}
GUEST_FILES = ("engine.wasm", "prelude.js", "prelude.data")
PROBE = b"""import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";
const add = createTool({
  description: "Adds two numbers.",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => ({ sum: a + b }),
});
const probe = createAgent({ name: "probe", tools: { add } });
export default createLightfast({ agents: { probe } });
"""


@dataclass(frozen=True)
class Check:
    """The result of a check: ``works`` is None when it is neither good nor bad."""

    name: str
    works: bool | None
    detail: str


def check_python() -> Check:
    """Check the interpreter and the system."""
    system = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check("python", sys.version_info >= OLDEST_PYTHON and sys.platform == "linux", system)


def check_libraries(service: str) -> Check:
    """Check that a service's libraries are installed."""
    name = f"{service} libraries"
    if lost := missing(service):
        return Check(name, None, f"not installed: {', '.join(lost)}; {how([service])}")
    return Check(name, True, ", ".join(f"{each} {version(each)}" for each in LIBRARIES[service]))


def check_guest() -> list[Check]:
    """Check that the guest is built; report its size and digest."""
    checks = []
    for name in GUEST_FILES:
        file = DIST / name
        if not file.is_file():
            checks.append(Check(f"guest {name}", False, "not built; run `make guest`"))
            continue
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        checks.append(Check(f"guest {name}", True, f"{len(data):,} bytes, sha256 {digest[:16]}"))
    notices = dict.fromkeys(notices_of(DIST / name) for name in GUEST_FILES)  # files may share one
    if all(file.is_file() for file in notices):
        checks.append(Check("guest licences", True, ", ".join(map(str, notices))))
    return checks


async def check_sandbox() -> list[Check]:
    """Start a real worker, check its jail, and make calls in fresh sandboxes."""
    if missing(TOOLRUNNER):
        return [Check("sandbox", None, "not checked: the toolrunner is not installed")]
    began = time.perf_counter()
    server = vars(import_module(SERVER))["ToolRunnerServer"](
        ToolrunnerSettings(address="127.0.0.1:0", workers=1)
    )
    try:
        await server.start()
    except ToolRunnerError as error:
        return [Check("sandbox", False, str(error))]
    try:
        started_ms = (time.perf_counter() - began) * 1000
        checks = [Check("worker start", True, f"{started_ms:.0f} ms")]
        for report in server.pool.jail_report:
            checks += [Check(f"jail {part}", True, "active") for part in report.jail]
            checks += [_missing(part) for part in report.missing]
        return [
            *checks,
            check_priorities(),
            await check_protocol(server.address),
            await _probe(server.address),
        ]
    finally:
        await server.stop(drain_s=0.0)


async def check_protocol(address: str) -> Check:
    """Ask a toolrunner for its capabilities."""
    try:
        told = await capabilities_of(address)
    except CliError as error:
        return Check("toolrunner", False, error.message)
    can, grants = ", ".join(told.features) or "nothing more", ", ".join(told.capabilities)
    return Check("toolrunner", True, f"version {told.version}; can {can}; grants {grants}")


def check_priorities() -> Check:
    """Check that a worker can lower its priority during a long call and raise it again."""
    if can_be_restored():
        return Check("long work", True, "yields to short calls by lowering its priority")
    return Check(
        "long work",
        None,
        "cannot yield: this process may not raise its priority again (needs the NICE resource "
        "limit at 20, or CAP_SYS_NICE)",
    )


def _missing(part: str) -> Check:
    name, _, reason = part.partition(":")
    return Check(f"jail {name}", False, reason.strip() or "not available on this machine")


async def _record(_: ToolRequest) -> None:
    """Do nothing: the probe fetches nothing."""


def _no_network(*_: object) -> ScriptedExchange:
    """Return an exchange that reaches nothing: the probe fetches nothing."""
    return ScriptedExchange()


async def _probe(address: str) -> Check:
    digest = f"sha256:{hashlib.sha256(PROBE).hexdigest()}"
    program = Program(digest, is_module=True, source=PROBE)
    call = ToolInvocation("probe", "add", '{"a":2,"b":3}', {}, CALL_ID)
    times = []
    for _ in range(2):
        began = time.perf_counter()
        try:
            async with EgressOptions().open("probe", _record, _no_network) as broker:
                outcome = await call_tool(address, program, ToolCallLimits(), call, broker)
        except CliError as error:
            return Check("sandbox call", False, error.message)
        times.append((time.perf_counter() - began) * 1000)
        if outcome.failure is not None:
            failure = outcome.failure
            return Check("sandbox call", False, f"{failure.kind}: {failure.message}")
    works = outcome.output_json == '{"sum":5}'
    return Check(
        "sandbox call",
        works,
        f"2 + 3 gives {outcome.output_json}; first {times[0]:.1f} ms, then {times[1]:.1f} ms, "
        f"{outcome.cost.peak_memory_bytes / MIB:.1f} MiB",
    )


def check_providers() -> list[Check]:
    """Check which providers can be queried; shows names of key variables, never values."""
    access = provider_access()
    keys, usable = access.keys_set(), access.usable()
    detail = ", ".join(keys) or "none; runs need one, or a model server at OLLAMA_API_BASE"
    checks = [
        Check("provider keys", True if keys else None, detail),
        Check("providers", True if usable else None, ", ".join(usable) or "none configured"),
    ]
    if addresses := access.bases_set():
        checks.append(Check("provider addresses", None, f"set by {', '.join(addresses)}"))
    return checks


def check_egress(settings: ExecutorSettings) -> list[Check]:
    """Check the files, rules and secrets without which the executor does not start."""
    if missing(EXECUTOR):
        return []
    _, problems = import_module(EGRESS_SETUP).checked_policy(settings, process_environment())
    return [
        Check(f"executor {variable.removeprefix(PREFIX).lower().replace('_', ' ')}", False, text)
        for variable, text in problems
    ]


def check_database(settings: ExecutorSettings) -> list[Check]:
    """Check the database of runs: whether it answers, its tables, its clock, and that it writes."""
    if missing(EXECUTOR):
        return []
    if not settings.database_url:
        where = settings.state_dir or "memory: nothing is kept between restarts"
        return [Check("database", True, f"SQLite in {where}, for one executor")]
    try:
        found = vars(import_module(EXAMINING))["examine"](settings.database_url)
    except ExecutorError as error:
        return [Check("database", False, error.message)]
    revision, head = found.state.current, found.state.head
    tables = f"revision {revision}, the newest"
    if revision != head:
        now = f"revision {revision}" if revision else "none yet"
        tables = f"{now}: `caisson database migrate`, or an executor's start, makes revision {head}"
    clock = f"{abs(found.ahead_s):.1f} s {'ahead of' if found.ahead_s > 0 else 'behind'} this one"
    is_near = abs(found.ahead_s) < CLOCK_S
    return [
        Check("database", True, f"{found.version} at {found.place}"),
        Check("database tables", True if revision == head else None, tables),
        Check("database clock", True if is_near else None, clock),
        Check("database writes", not found.refusal, found.refusal or "it can be written to"),
    ]


def check_keys(settings: ExecutorSettings) -> list[Check]:
    """Check the deployment's keys; shows their ids, never keys."""
    if missing(EXECUTOR):
        return []
    policy, _ = import_module(EGRESS_SETUP).checked_policy(settings, process_environment())
    ids = [each.partition(":")[0] for each in settings.journal_keys]
    sealed = f"on: {ids[0]} encrypts" if ids else "off: CAISSON_EXECUTOR_JOURNAL_KEYS is not set"
    if ids[1:]:
        sealed += f", {', '.join(ids[1:])} still decrypts"
    checks = [Check("encryption at rest", True if ids else None, sealed)]
    if settings.database_url and policy.secrets and not settings.key:
        checks.append(Check("executor key", False, KEY_IS_MISSING))
    return checks


def check_certificates(executor: ExecutorSettings, toolrunner: ToolrunnerSettings) -> list[Check]:
    """Check the certificate files that the settings name; nothing where none are set."""
    return [
        Check(f"{each.service} {each.purpose}", not each.fault, each.detail)
        for each in examined(executor, toolrunner)
    ]


def check_llmock() -> Check:
    """Check whether there is an offline model for ``--offline``."""
    if find_spec("llmock") is None:
        return Check("llmock", None, "not installed; `--offline` needs it: pip install llmock")
    return Check("llmock", True, "installed; `caisson run --offline` uses it")


def check_access(settings: ExecutorSettings) -> Check:
    """Tell who may send requests to the executor."""
    ways = [
        *(["API keys"] if settings.api_keys else []),
        *(["JSON Web Tokens"] if settings.jwt_issuers else []),
        *(["certificates"] if settings.mtls_address else []),
    ]
    if ways:
        return Check("access", True, f"callers say who they are by {', '.join(ways)}")
    return Check(
        "access",
        None,
        "callers are not authenticated: only this machine can connect; see docs/access.md",
    )


def check_address(service: str, address: str) -> Check:
    """Check that a service could listen at its address."""
    name = f"{service} address"
    if address.startswith("unix:"):
        folder = Path(address.removeprefix("unix:")).parent
        writable = os.access(folder, os.W_OK)
        return Check(name, writable, f"{address} ({'free' if writable else 'not writable'})")
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host.strip("[]"), int(port)))
    except OSError as error:
        return Check(name, None, f"{address}: {error.strerror}; is it running already?")
    return Check(name, True, f"{address} is free")


def check_folder(name: str, path: str) -> Check:
    """Check that a folder is writable or can be created; an empty path means it is not used."""
    if not path:
        return Check(name, None, "off: nothing is kept between restarts")
    folder = nearest = Path(path)
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Check(name, True, f"{folder} is writable")
    return Check(name, False, f"{folder} cannot be written to")


def check_node() -> Check:
    """Report that Node is not needed to run bundles."""
    return Check("node", None, "not needed: it only builds the guest and examples")
