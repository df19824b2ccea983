"""The hostile programs as files: what each attacks and how it must end, read from its header.

A header is the comment lines at a program's start, each ``// KEY: VALUE``:

- ``attacks``: one line for the reader;
- ``expect``: how the call of tool ``run`` must end; ``expect TOOL`` names another tool, several are
  called in this order, and ``expect load`` says how the evaluation of the program must end;
- ``limits``: of the calls, such as ``fuel 20G, timeout 0.5, memory 32M, output 1K, console 1K``;
- ``input``: the JSON that every tool of the program gets, an empty object when there is none;
- ``console``: JSON text of a line that the first tool must have written, among others;
- ``form``: ``script`` for a program that is no module.

An expectation is ``result JSON``, or a failure's kind, or a kind and the name of the JavaScript
error, or ``one of A, B: REASON`` where the outcome depends on what is met first.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
TOOL = "run"
LOAD = "load"
KEYS = {"attacks", "expect", "limits", "input", "console", "form"}
HEADER = re.compile(r"// (?P<key>\w+)(?: (?P<tool>\w+))?: (?P<value>.+)")
AMOUNT = re.compile(r"(?P<name>\w+) (?P<number>[\d.]+)(?P<unit>[KMG]?)")
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}
KIND = re.compile(r"(?P<kind>[A-Z_]+)(?: (?P<name>\S+))?")
LEAST_REASON = 10


@dataclass(frozen=True)
class Expected:
    """One way to end: a failure's kind, with the error's name when it matters, or a result."""

    kind: str
    name: str | None = None
    result_json: str = ""


@dataclass(frozen=True)
class Step:
    """A load or a call of ``tool``, and the ways in which it may end."""

    tool: str
    ways: tuple[Expected, ...]


@dataclass(frozen=True)
class Program:
    """A hostile program with its header read."""

    name: str
    source: bytes
    attacks: str
    steps: tuple[Step, ...]
    limits: dict[str, float]
    input_json: str
    console: str | None
    is_module: bool


def programs() -> list[Program]:
    """Return every program of the folder, by name."""
    return [read_program(path) for path in sorted(PROGRAMS.glob("*/*.js"))]


def read_program(path: Path) -> Program:
    """Read a program; raises ValueError when its header makes no sense."""
    name = f"{path.parent.name}/{path.stem}"
    source = path.read_text(encoding="utf-8")
    fields: dict[str, str] = {}
    steps: list[Step] = []
    for line in source.splitlines():
        found = HEADER.fullmatch(line)
        if found is None:
            break
        key, tool, value = found["key"], found["tool"], found["value"]
        if key not in KEYS or key in fields:
            raise ValueError(f"{name}: {line!r} is no header line or a second one")
        if key == "expect":
            steps.append(Step(tool or TOOL, read_ways(value)))
        else:
            fields[key] = value
    if not steps or "attacks" not in fields:
        raise ValueError(f"{name}: the header lacks `attacks` or `expect`")
    return Program(
        name=name,
        source=source.encode(),
        attacks=fields["attacks"],
        steps=tuple(steps),
        limits=read_limits(fields.get("limits", "")),
        input_json=fields.get("input", "{}"),
        console=json.loads(fields["console"]) if "console" in fields else None,
        is_module=fields.get("form") != "script",
    )


def read_ways(text: str) -> tuple[Expected, ...]:
    """Read the value of ``expect``."""
    if not text.startswith("one of "):
        return (read_expected(text),)
    ways, _, reason = text.removeprefix("one of ").partition(": ")
    if len(reason) < LEAST_REASON:
        raise ValueError(f"{text!r} does not say why there are several ways")
    return tuple(read_expected(way) for way in ways.split(", "))


def read_expected(text: str) -> Expected:
    """Read one way to end."""
    if text.startswith("result "):
        value = text.removeprefix("result ")
        return Expected("", result_json=value)
    found = KIND.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no way to end")
    return Expected(found["kind"], found["name"])


def read_limits(text: str) -> dict[str, float]:
    """Read the value of ``limits``: a number for each limit that is named."""
    limits = {}
    for part in filter(None, text.split(", ")):
        found = AMOUNT.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r} is no limit")
        limits[found["name"]] = float(found["number"]) * UNITS[found["unit"]]
    return limits
