"""Fixtures of the command's tests: the command, bundles on disk, and services that run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from llmock.testing import LLMockServer

from tests.cli import bundles
from tests.cli.command import TIMEOUT_S, Caisson
from tests.cli.prepared import Prepared, prepared


@dataclass(frozen=True)
class Files:
    """Paths of bundles, one of each kind."""

    workshop: str
    half_readable: str
    keyed: str
    syntax_error: str
    no_agents: str
    bad_top_level: str
    half_top_level: str
    empty: str


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("bundles")

    def write(name: str, text: str) -> str:
        path = folder / f"{name}.js"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return Files(
        workshop=write("workshop", bundles.WORKSHOP),
        half_readable=write("half_readable", bundles.HALF_READABLE),
        keyed=write("keyed", bundles.KEYED),
        syntax_error=write("syntax_error", bundles.SYNTAX_ERROR),
        no_agents=write("no_agents", bundles.NO_AGENTS),
        bad_top_level=write("bad_top_level", bundles.BAD_TOP_LEVEL),
        half_top_level=write("half_top_level", bundles.HALF_TOP_LEVEL),
        empty=write("empty", ""),
    )


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command's cache and state, shared by all tests of this run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def prepared_command() -> Iterator[Prepared]:
    """A process that has imported the command."""
    with prepared() as command:
        yield command


@pytest.fixture
def caisson(tmp_path: Path, cache: Path, prepared_command: Prepared) -> Caisson:
    """The command, with no model."""
    return Caisson(tmp_path, cache=cache, prepared=prepared_command)


@dataclass(frozen=True)
class Served:
    """Both services, started by ``caisson serve``, with an offline model."""

    executor: str
    toolrunner: str


@pytest.fixture(scope="session")
def model_variables(llmock_server: LLMockServer) -> dict[str, str]:
    """The environment that points a service at the offline model."""
    return {"OPENAI_API_KEY": "offline", "OPENAI_BASE_URL": llmock_server.base_url("openai")}


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, cache: Path, model_variables: dict[str, str]
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("s")
    caisson = Caisson(folder, model_variables, cache)
    addresses = Served(f"unix:{folder}/e", f"unix:{folder}/t")
    arguments = ("serve", "--executor", addresses.executor, "--toolrunner", addresses.toolrunner)
    with caisson.started(*arguments) as process:
        wait_until_ready(process)
        yield addresses
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert not caisson.processes()


def wait_until_ready(process: object) -> list[str]:
    """Return what ``caisson serve`` says until both services are ready."""
    stderr = getattr(process, "stderr", None)
    assert stderr is not None
    said = []
    for line in stderr:
        said.append(line)
        if "Both services are ready" in line:
            return said
    raise AssertionError(f"the services did not start: {said}")
