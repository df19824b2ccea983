"""Runs the steps of a document in one shell, in a writable copy of a checkout.

Each command sees what those before it left: variables, files, the folder, servers. Ports are
others than the documented ones, and the model is an offline one.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.documents.reading import Kind, Step

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("deploy", "examples")  # what commands write into
TIMEOUT_S = 480
EXECUTOR, TOOLRUNNER = "50051", "50052"
# Commands that serve until they are stopped: how their ports are given, and their default ports.
ADDRESSES = re.compile(r"--(?:executor|toolrunner) \S*:(\d+)")
ONE_PORT = re.compile(r"--port[ =](\d+)")
SERVERS = {
    r"\bmake serve\b|\bcaisson serve\b": (ADDRESSES, {EXECUTOR, TOOLRUNNER}),
    r"\bcaisson executor$": (ADDRESSES, {EXECUTOR}),
    r"\bcaisson toolrunner$": (ADDRESSES, {TOOLRUNNER}),
    r"\bllmock serve\b": (ONE_PORT, set[str]()),
    r"\buse_chat\.bridge\b": (ONE_PORT, set[str]()),
}
PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<=localhost:)\d+|(?<=--port )\d+|(?<=--port=)\d+")
HELPERS = """
# Waits until a server (the first argument is its process) answers on all ports that follow.
answers() {
    local server=$1 port; shift
    for port in "$@"; do
        for _ in $(seq 600); do
            (exec 4<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2
            kill -0 "$server" 2>/dev/null || return 1
            sleep 0.1
        done
        return 1
    done
}
stop() {
    for each in "${servers[@]}"; do kill -- "-$each" 2>/dev/null; done
    wait
}
set -m
servers=()
trap stop EXIT
"""


@dataclass(frozen=True)
class Outcome:
    """How a step ended, and what it printed."""

    step: Step
    status: int
    printed: str

    def __str__(self) -> str:
        """Show the step, its end and the end of what it printed."""
        first = self.step.text.splitlines()[0]
        return f"line {self.step.line}, status {self.status}: {first}\n{self.printed[-2000:]}"


@dataclass
class Ports:
    """The free port that stands for each documented one."""

    taken: dict[str, str] = field(default_factory=dict)

    def of(self, documented: str) -> str:
        """Return the port to use for a documented one."""
        if documented not in self.taken:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.taken[documented] = str(probe.getsockname()[1])
        return self.taken[documented]

    def rewritten(self, text: str) -> str:
        """Return a text with the ports to use."""
        return PORT.sub(lambda found: self.of(found[0]), text)


def checkout_in(folder: Path) -> None:
    """Make a folder in which the paths of documents lead where they do in a checkout."""
    for entry in ROOT.iterdir():
        if entry.name in COPIED:
            ignored = shutil.ignore_patterns("node_modules", "__pycache__")
            shutil.copytree(entry, folder / entry.name, ignore=ignored)
        elif entry.name not in {".git", "dist"} and not entry.name.endswith("_cache"):
            (folder / entry.name).symlink_to(entry)


OF_MAKE = {"ARGS", "JOBS", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"}


def environment(folder: Path, ports: Ports, model: dict[str, str]) -> dict[str, str]:
    """Return the environment of a document's reader, without what `make test` was given."""
    own = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
    return {
        **own,
        **model,
        "PATH": os.pathsep.join([str(folder / ".venv/bin"), os.environ.get("PATH", os.defpath)]),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_STATE_HOME": str(folder / "state"),
        "CAISSON_EXECUTOR_ADDRESS": f"127.0.0.1:{ports.of(EXECUTOR)}",
        "CAISSON_EXECUTOR_TOOLRUNNER": f"127.0.0.1:{ports.of(TOOLRUNNER)}",
        "CAISSON_TOOLRUNNER_ADDRESS": f"127.0.0.1:{ports.of(TOOLRUNNER)}",
        # What would only take longer: a worker for each core, and each reader's first start.
        "CAISSON_TOOLRUNNER_WORKERS": "1",
        "CAISSON_TOOLRUNNER_CACHE_DIR": str(ROOT / "build" / "compiled"),
        "npm_config_prefer_offline": "true",
        "npm_config_audit": "false",
        "npm_config_update_notifier": "false",
    }


def run(steps: Iterable[Step], folder: Path, model: dict[str, str]) -> list[Outcome]:
    """Take all steps of a document, and return how each ended."""
    ports = Ports()
    todo = list(steps)
    texts = [HELPERS]
    serving: set[str] = set()
    for number, step in enumerate(todo):
        text = ports.rewritten(step.text)
        own = server_ports(step)
        if EXECUTOR in set(PORT.findall(step.text)) - serving - (own or set()):
            texts.append(start(f"{number}.serve", "caisson serve", ports, {EXECUTOR, TOOLRUNNER}))
            serving.add(EXECUTOR)
        if own is not None:
            texts.append(start(str(number), text.removesuffix("&"), ports, own))
            serving |= own
        else:
            texts.append(script_of(step, text, number))
        texts.append(f'echo "{number} $?" >>"$HERE/statuses"')
    (folder / "script").write_text("\n".join(texts) + "\n", encoding="utf-8")
    run_shell(folder, environment(folder, ports, model))
    return [outcome_of(step, number, folder) for number, step in enumerate(todo)]


def server_ports(step: Step) -> set[str] | None:
    """Return the documented ports on which a command answers, or None for one that ends."""
    for pattern, (told, defaults) in SERVERS.items():
        if step.kind is Kind.COMMAND and re.search(pattern, step.text.splitlines()[0]):
            return set(told.findall(step.text)) or defaults
    return None


def start(number: str, text: str, ports: Ports, own: set[str]) -> str:
    """Return the lines that start a server and wait for its ports."""
    waited = " ".join(map(ports.of, sorted(own)))
    return (
        f'{{\n{text}\n}} >"$HERE/printed.{number}" 2>&1 </dev/null &\n'
        f"servers+=($!)\nanswers $! {waited}"
    )


def script_of(step: Step, text: str, number: int) -> str:
    """Return the lines that take a step: a file is written at the top of the folder."""
    if step.kind is Kind.FILE:
        (name, source) = f'"$HERE"/{shlex.quote(step.name)}', shlex.quote(text)
        return f'mkdir -p "$(dirname {name})" && printf %s {source} >{name}'
    if step.kind is Kind.PROGRAM:
        program = "python -" if step.name in {"python", "py"} else "node --input-type=module -"
        text = f"printf %s {shlex.quote(text)} | {program}"
    return f'{{\n{text}\n}} >"$HERE/printed.{number}" 2>&1 </dev/null'


def run_shell(folder: Path, variables: dict[str, str]) -> None:
    """Run the script to its end; all that it started ends with it."""
    process = subprocess.Popen(
        ["bash", "script"],
        cwd=folder,
        env={**variables, "HERE": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)  # its trap stops the servers
        process.wait()


def outcome_of(step: Step, number: int, folder: Path) -> Outcome:
    """Return how a step ended; one that was never reached has the status -1."""
    lines = (folder / "statuses").read_text().splitlines()
    found = dict(line.split() for line in lines)
    printed = folder / f"printed.{number}"
    text = printed.read_text(errors="replace") if printed.exists() else ""
    return Outcome(step, int(found.get(str(number), -1)), text)
