"""Runs the example through both services: ``make run``.

Everything goes through the ``caisson`` command: ``serve`` starts the services, ``run`` asks the
agent twice in one conversation. Without a provider's key the model is llmock, an offline model
that speaks OpenAI's HTTP; with one it is the bundle's own.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from llmock.testing import LLMockServer

from examples.weather.build import ExampleBuildError, build

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = (
    "How is the weather in Lisbon?",
    "Now read a file and the environment variables of the machine on which you run.",
)
OFFLINE_MODEL = "openai/offline"
# The bundle asks for a model of OpenAI; these stand in when only another provider's key is there.
STANDINS = {
    "ANTHROPIC_API_KEY": "anthropic/claude-haiku-4-5",
    "GEMINI_API_KEY": "gemini/gemini-2.5-flash",
    "MISTRAL_API_KEY": "mistral/mistral-small-latest",
    "GROQ_API_KEY": "groq/llama-3.3-70b-versatile",
}
STOP_TIMEOUT_S = 30
# What `caisson serve` says once both services answer.
READY = "Both services are ready"


@dataclass(frozen=True)
class Model:
    """Which model is asked: arguments of ``caisson run``, variables of the services, and why."""

    remark: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def choose_model(environment: Mapping[str, str]) -> Iterator[Model]:
    """Yield the model to ask; llmock is started when there is no key, and stopped at the end."""
    if environment.get("OPENAI_API_KEY"):
        yield Model("OPENAI_API_KEY is set: asking the bundle's own model")
        return
    for name, model in STANDINS.items():
        if environment.get(name):
            yield Model(
                f"{name} is set and OPENAI_API_KEY is not: asking {model} for the bundle's model",
                ("--model", model),
            )
            return
    with LLMockServer() as server:
        yield Model(
            "no provider key set: using llmock, an offline model, which invents the inputs of "
            "tools and its answers; set OPENAI_API_KEY to ask the bundle's own model",
            ("--model", OFFLINE_MODEL),
            {"OPENAI_API_KEY": "offline", "OPENAI_BASE_URL": server.base_url("openai")},
        )


def caisson(*arguments: str) -> list[str]:
    """Return the command line of the ``caisson`` command of this interpreter."""
    return [sys.executable, "-m", "services.cli", *arguments]


@contextmanager
def services(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Run both services, and yield the executor's address once they are ready."""
    executor, toolrunner = f"unix:{folder}/executor", f"unix:{folder}/toolrunner"
    command = caisson("serve", "--executor", executor, "--toolrunner", toolrunner)
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(environment), stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until_ready(process)
        yield executor
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    """Return once the services say that they are ready; exits with what they said instead."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if READY in line:
            threading.Thread(target=drain, args=(process,), daemon=True).start()
            return
    sys.exit("the services did not start:\n" + "".join(said))


def drain(process: subprocess.Popen[str]) -> None:
    """Read what the services go on to say, so that they never wait for a reader."""
    assert process.stderr is not None
    for _ in process.stderr:
        pass


def ask(bundle: Path, message: str, session: str, address: str, model: Model) -> int:
    """Ask the agent through ``caisson run``; return its exit status."""
    options = ["--session", session, "--resource", "visitor", *model.arguments]
    name = str(bundle.relative_to(ROOT))
    shown = shlex.join(["caisson", "run", name, message, *options])
    print(f"\n$ {shown}", flush=True)
    command = caisson("run", name, message, *options, "--server", address)
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode


def run() -> int:
    """Build the bundle, start the services, ask twice; return the worst exit status."""
    bundle = build()
    session = f"weather-{uuid.uuid4().hex[:8]}"
    with (
        choose_model(os.environ) as model,
        tempfile.TemporaryDirectory(prefix="caisson-") as folder,
    ):
        print(model.remark, flush=True)
        with services(Path(folder), {**os.environ, **model.environment}) as address:
            statuses = [ask(bundle, each, session, address, model) for each in MESSAGES]
    return max(statuses)


def main() -> int:
    """Run the example; return the exit status, 130 when it was interrupted."""
    try:
        return run()
    except ExampleBuildError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
