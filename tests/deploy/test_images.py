"""Both images are built, start as an ordinary user on a read-only root, and run a tool together."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pytest
from llmock.pytest_plugin import LLMock

from tests.cli.bundles import WORKSHOP
from tests.databases.postgres import free_port, postgres_running
from tests.deploy.images import Image, build, context, need_builders, unpacked
from tests.deploy.manifests import compose
from tests.house.installs import ROOT
from tests.house.test_wheel import CLIENT
from tests.npm import SCRIPTS, alone
from tests.repeats import soaking
from tools.check_locks import IMAGE_LOCKS, normal, pinned

pytestmark = [
    pytest.mark.skipif(not soaking(), reason="builds two images, which takes some minutes"),
    pytest.mark.timeout(1200),
]
SERVICES = ("executor", "toolrunner")
# An uncompressed image, base included; mostly LiteLLM and what it imports.
MOST_BYTES = {"executor": 800_000_000, "toolrunner": 450_000_000}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Image]]:
    need_builders()
    with alone("images"), ExitStack() as stack:
        folder = context(tmp_path_factory.mktemp("images"))
        built = {each: build(each, folder) for each in SERVICES}
        yield {each: stack.enter_context(unpacked(name)) for each, name in built.items()}


def listening(process: subprocess.Popen[str]) -> str:
    """Return the line with which a service says that it listens."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "listening on" in line:
            return line
    raise AssertionError("".join(said))


def eventually_succeeds(attempt: Callable[[], object]) -> None:
    """Try until no assertion fails, as a container's health is asked again."""
    for _ in range(20):
        with suppress(AssertionError):
            attempt()
            return
    attempt()


def address_in(line: str) -> str:
    """Return the address of that line."""
    return line.partition("listening on ")[2].split()[0].rstrip(":,")


def test_services_of_both_images_run_a_tool(
    images: dict[str, Image], llmock: LLMock, tmp_path: Path
) -> None:
    bundle = tmp_path / "agent.js"
    bundle.write_text(WORKSHOP)
    ports = {each: free_port() for each in SERVICES}
    settings = {
        "CAISSON_TOOLRUNNER_ADDRESS": "127.0.0.1:0",
        "CAISSON_TOOLRUNNER_ADMIN_ADDRESS": f"127.0.0.1:{ports['toolrunner']}",
        "CAISSON_TOOLRUNNER_REQUIRE_JAIL": "true",
    }
    with images["toolrunner"].started(**settings) as toolrunner:
        settings = {
            "CAISSON_EXECUTOR_ADDRESS": "127.0.0.1:0",
            "CAISSON_EXECUTOR_ADMIN_ADDRESS": f"127.0.0.1:{ports['executor']}",
            "CAISSON_EXECUTOR_TOOLRUNNER": address_in(listening(toolrunner)),
            "OPENAI_API_KEY": "offline",
            "OPENAI_BASE_URL": llmock.base_url("openai"),
        }
        with images["executor"].started(**settings) as executor:
            server = address_in(listening(executor))
            for service in SERVICES:
                _, *check = compose()["services"][service]["healthcheck"]["test"]
                told = [each.replace(":9090/", f":{ports[service]}/") for each in check]
                assert told != check
                eventually_succeeds(partial(images[service].ran, *told))
            done = subprocess.run(
                [str(SCRIPTS / "python"), str(CLIENT), server, str(bundle), "Add 2 to 3."],
                capture_output=True,
                text=True,
                timeout=60,
                env={"PYTHONPATH": str(ROOT)},
                check=False,
            )
    assert done.returncode == 0, done.stderr
    kinds = [kind for line in done.stdout.splitlines()[1:] for kind in json.loads(line)]
    assert "toolOutputAvailable" in kinds
    assert kinds.count("runEnded") == 1


@pytest.mark.parametrize("service", SERVICES)
def test_image_declares_a_user_a_signal_and_a_program(
    service: str, images: dict[str, Image]
) -> None:
    image = images[service]
    assert image.user == "10001:10001"
    assert image.configuration["StopSignal"] == "SIGTERM"
    assert Path(image.entrypoint[0]).name == "python3"
    assert not image.configuration["Healthcheck"]
    assert image.configuration["Labels"]["org.opencontainers.image.version"] == "0.1.0"


@pytest.mark.parametrize("service", SERVICES)
def test_image_contains_its_service_alone(service: str, images: dict[str, Image]) -> None:
    libraries = {"executor": "litellm", "toolrunner": "wasmtime"}
    (packages,) = images[service].root.glob("opt/caisson/lib/python3*/site-packages")
    assert {name for name in libraries.values() if (packages / name).exists()} == {
        libraries[service]
    }
    installed = {normal(each.name.partition("-")[0]) for each in packages.glob("*.dist-info")}
    locked = set(pinned((IMAGE_LOCKS / f"{service}.lock").read_text()))
    assert {"caisson", "caisson-client"} < installed <= {"caisson", "caisson-client", *locked}


@pytest.mark.parametrize("service", SERVICES)
def test_image_is_small(service: str, images: dict[str, Image]) -> None:
    size = int(subprocess.check_output(["du", "-sbx", str(images[service].root)]).split()[0])
    assert size < MOST_BYTES[service]


def test_executors_image_migrates_a_database(images: dict[str, Image]) -> None:
    with postgres_running() as server, server.database() as url:
        said = images["executor"].ran(
            *("/opt/caisson/bin/caisson", "database", "migrate"), CAISSON_EXECUTOR_DATABASE_URL=url
        )
    assert "had no tables and now has revision" in said


def test_image_finds_both_services_probes(images: dict[str, Image]) -> None:
    for service in SERVICES:
        said = images[service].ran("/opt/caisson/bin/caisson", "doctor", "--json")
        assert json.loads(said)["ok"]
