"""Rules for every test: no network beyond loopback, and nothing left running.

Programs that a test starts, such as npm fetching a fixture's packages, are processes of their own
and not bound by the first rule.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import ipaddress
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from llmock.pytest_plugin import LLMock

from tests.loopback import left_open
from tests.repeats import SOAK, USUAL

pytest_plugins = [
    "tests.real_bundles.fixture",
    "tests.databases.fixture",
    "tests.sharing",
    "tests.processor_time",
    "tests.samples",
]

# How long a test's leftovers may take to end once it is over, in seconds.
GRACE_S = 30.0
# Python's own helper processes, which live as long as the interpreter.
INTERPRETER_HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
# How the environment variables end by which LiteLLM finds keys and addresses.
PROVIDER_SETTINGS = ("_API_KEY", "_API_BASE", "_BASE_URL", "_AUTH_TOKEN")


class ForbiddenNetworkError(Exception):
    """A test reached for something beyond loopback."""


def is_local(host: object) -> bool:
    """Tell whether ``host`` is loopback, or a name that by its definition never resolves."""
    if host is None or host in {"", "localhost", b"localhost"}:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name.endswith(".invalid"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


# What was refused so far; a test of what is asked looks at what came to it meanwhile.
reached: list[str] = []


def forbid_network(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: refuse names and addresses beyond loopback."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if not is_local(host):
        reached.append(str(host))
        raise ForbiddenNetworkError(f"a test reached for {host!r}: only loopback is allowed")


sys.addaudithook(forbid_network)


def children() -> dict[int, str]:
    """Return the command lines of this process's children by their ids, zombies included."""
    found: dict[int, str] = {}
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            pids = [int(word) for word in listing.read_text().split()]
        except OSError:
            continue  # the thread has ended
        for pid in pids:
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # the child has ended and was waited for
            if not any(helper in command for helper in INTERPRETER_HELPERS):
                found[pid] = command.strip() or "(ended, not waited for)"
    return found


@pytest.fixture(scope="session", autouse=True)
def no_process_left_behind() -> Iterator[None]:
    """Fail the run when it leaves a child process behind."""
    before = children()
    yield
    deadline = time.monotonic() + GRACE_S
    while (left := children().keys() - before.keys()) and time.monotonic() < deadline:
        time.sleep(0.05)
    commands = children()
    assert not left, f"processes left behind: {[(pid, commands.get(pid)) for pid in left]}"


@pytest.fixture
async def nothing_left_behind() -> AsyncIterator[None]:
    """Fail a test that leaves tasks or connections behind; every coroutine test gets this fixture.

    A connection that is left open warns when its garbage is collected, in another test.
    """
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=GRACE_S)
    assert not left, f"tasks left behind: {sorted(map(repr, left))}"
    still_open = await left_open(GRACE_S)
    assert not still_open, f"connections left open: {still_open}"


@pytest.fixture
def llmock(llmock: LLMock) -> Iterator[LLMock]:
    """The offline model; what a test has it do, such as an outage, ends with the test."""
    yield llmock
    llmock.reset()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the check for leftovers around coroutine tests; the outermost fixture ends last."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "nothing_left_behind")


def pytest_collection_finish() -> None:
    """Let the garbage collector skip what is there before the first test.

    Modules are most of a test process's objects: going through them took a tenth of a second.
    """
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--soak``."""
    parser.addoption(
        "--soak", action="store_true", help="try every case, and each property many times"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Clear the user's variables for real models: tests use local ones."""
    settings.load_profile(SOAK if config.getoption("--soak") else USUAL)
    for name in [name for name in os.environ if name.endswith(PROVIDER_SETTINGS)]:
        del os.environ[name]
