"""The contents of both wheels, and what each way to install them provides."""

from __future__ import annotations

import json
import signal
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from llmock.pytest_plugin import LLMock

from services.toolrunner.guest import build as guest
from tests.cli.bundles import WORKSHOP
from tests.house.installs import ROOT, TIMEOUT_S, Environment, build_wheels, install, variables

CLIENT = Path(__file__).with_name("streaming_client.py")
# What an installation is asked for by, and of what tells the services apart what it has.
INSTALLATIONS = {
    "caisson-client": set[str](),
    "caisson": set[str](),
    "caisson[executor]": {"litellm"},
    "caisson[toolrunner]": {"wasmtime"},
    "caisson[all]": {"litellm", "wasmtime"},
}
GUEST = (
    "engine.wasm",
    "engine.NOTICES.txt",
    "prelude.js",
    "prelude.data",
    "prelude.NOTICES.txt",
)
EXECUTOR = "the executor, which is not installed: pip install 'caisson[executor]'"
TOOLRUNNER = "the toolrunner, which is not installed: pip install 'caisson[toolrunner]'"
BOTH = "not installed: pip install 'caisson[executor,toolrunner]'"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both wheels, without an index; return their folder."""
    guest.build()
    return build_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module")
def wheel(wheels: Path) -> Path:
    return next(wheels.glob("caisson-*.whl"))


@pytest.fixture(scope="module")
def client_wheel(wheels: Path) -> Path:
    return next(wheels.glob("caisson_client-*.whl"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a package ``services`` of its own, a client and a bundle."""
    (tmp_path / "services").mkdir()
    (tmp_path / "services/__init__.py").touch()
    (tmp_path / CLIENT.name).write_text(CLIENT.read_text(encoding="utf-8"))
    (tmp_path / "agent.js").write_text(WORKSHOP)
    return tmp_path


def files_of(wheel: Path) -> set[str]:
    """Return the files of a wheel but for those that describe it."""
    with zipfile.ZipFile(wheel) as packed:
        return {name for name in packed.namelist() if ".dist-info/" not in name}


def test_wheel_contains_the_built_guest(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        for name in GUEST:
            carried = packed.read(f"services/toolrunner/guest/dist/{name}")
            assert carried == (guest.DIST / name).read_bytes()


def test_wheel_contains_only_python_and_the_guest(wheel: Path) -> None:
    names = files_of(wheel)
    assert {Path(name).parts[0] for name in names} == {"services"}
    others = {name for name in names if not name.endswith((".py", ".pyi"))}
    assert others == {
        "services/py.typed",
        *(f"services/toolrunner/guest/dist/{name}" for name in GUEST),
    }


def test_the_clients_wheel_carries_stubs_types_and_the_service_config(client_wheel: Path) -> None:
    stubs = {path.relative_to(ROOT).as_posix() for path in (ROOT / "caisson").rglob("*_pb2*.py*")}
    stubs = {name for name in stubs if "__pycache__" not in name and "build/" not in name}
    assert "caisson/toolrunner/worker/v1/worker_pb2.pyi" in stubs
    names = files_of(client_wheel)
    others = {"caisson/py.typed", "caisson/executor/v1/service_config.json"}
    assert names >= stubs | others
    assert {name for name in names - stubs if not name.endswith("__init__.py")} == others


def test_wheel_installs_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        entries = next(name for name in packed.namelist() if name.endswith("entry_points.txt"))
        assert "caisson = services.cli.__main__:main" in packed.read(entries).decode()


@pytest.mark.parametrize("requirement", INSTALLATIONS)
def test_extras_install_only_their_service(requirement: str, wheels: Path) -> None:
    packages = install(requirement, wheels).packages
    assert packages & {"litellm", "wasmtime"} == INSTALLATIONS[requirement]
    assert ("caisson" in packages) == (requirement != "caisson-client")
    assert "caisson-client" in packages


def test_client_installs_only_declared_dependencies(wheels: Path) -> None:
    declared = tomllib.loads((ROOT / "caisson/pyproject.toml").read_text())["project"]
    names = {each.partition(">")[0] for each in declared["dependencies"]}
    brought = install("caisson-client", wheels).packages
    assert brought - {"typing-extensions"} == {"caisson-client", *names}


@contextmanager
def served(
    environment: Environment, service: str, cwd: Path, told: dict[str, str]
) -> Iterator[str]:
    """Run an installed service on a socket of its own; yield its address once it listens."""
    address = f"unix:{cwd}/{service}"
    process = subprocess.Popen(
        [str(environment.scripts / "caisson"), service],
        cwd=cwd,
        env={**variables(), f"CAISSON_{service.upper()}_ADDRESS": address, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "listening on" in line:
                break
        assert "listening on" in "".join(said[-1:]), said
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0


def test_client_streams_a_run_from_separately_installed_services(
    wheels: Path, project: Path, llmock: LLMock
) -> None:
    model = {"OPENAI_API_KEY": "offline", "OPENAI_BASE_URL": llmock.base_url("openai")}
    folders = {"XDG_CACHE_HOME": str(project / "cache"), "XDG_STATE_HOME": str(project / "state")}
    client, runs_tools, runs_agents = (
        install(each, wheels)
        for each in ("caisson-client", "caisson[toolrunner]", "caisson[executor]")
    )
    with (
        served(runs_tools, "toolrunner", project, folders) as toolrunner,
        served(
            runs_agents,
            "executor",
            project,
            {"CAISSON_EXECUTOR_TOOLRUNNER": toolrunner, **model, **folders},
        ) as address,
    ):
        done = client.run("python", CLIENT.name, address, "agent.js", "Add 2 to 3.", cwd=project)
    assert done.returncode == 0, done.stderr
    whose, *events = done.stdout.splitlines()
    assert whose == str(project / "services/__init__.py")
    kinds = [kind for event in events for kind in json.loads(event)]
    assert kinds.count("start") == kinds.count("runEnded") == 1
    assert "toolOutputAvailable" in kinds


@pytest.mark.parametrize(
    ("requirement", "command", "said"),
    [
        ("caisson", ["run", "agent.js", "Hello"], BOTH),
        ("caisson", ["serve"], BOTH),
        ("caisson", ["inspect", "agent.js", "--json"], EXECUTOR),
        ("caisson", ["sessions", "list"], EXECUTOR),
        ("caisson[executor]", ["run", "agent.js", "Hello"], TOOLRUNNER),
        ("caisson[executor]", ["serve"], TOOLRUNNER),
        ("caisson[executor]", ["toolrunner"], TOOLRUNNER),
        ("caisson[executor]", ["tool", "agent.js", "worker", "add"], TOOLRUNNER),
        ("caisson[toolrunner]", ["executor"], EXECUTOR),
        ("caisson[toolrunner]", ["tool", "agent.js", "worker", "add"], EXECUTOR),
    ],
)
def test_command_without_its_service_names_the_extra(
    requirement: str, command: list[str], said: str, wheels: Path, project: Path
) -> None:
    done = install(requirement, wheels).run("caisson", *command, cwd=project)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.strip().endswith(said)


@pytest.mark.parametrize(
    "command", [["inspect", "agent.js"], ["tool", "agent.js", "worker", "add", '{"a":2,"b":3}']]
)
def test_command_works_beside_another_services_package(
    command: list[str], wheels: Path, project: Path
) -> None:
    done = install("caisson[all]", wheels).run("caisson", *command, cwd=project)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("requirement", ["caisson", "caisson[executor]", "caisson[toolrunner]"])
def test_doctor_and_help_work_with_one_service_installed(
    requirement: str, wheels: Path, project: Path
) -> None:
    environment = install(requirement, wheels)
    found = json.loads(environment.run("caisson", "doctor", "--json", cwd=project).stdout)
    checks = {each["name"]: each for each in found["checks"]}
    assert found["ok"]
    assert ("sandbox call" in checks) == (requirement == "caisson[toolrunner]")
    for service in ("executor", "toolrunner"):
        lacking = requirement != f"caisson[{service}]"
        assert ("not installed" in checks[f"{service} libraries"]["detail"]) == lacking
    assert environment.run("caisson", "--help", cwd=project).returncode == 0
