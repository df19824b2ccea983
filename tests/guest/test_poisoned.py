"""A tool that spoils every prototype changes neither its results nor what its failures say.

The guest's own code takes its built-ins before a bundle runs (``core/primordials.js``).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from services.toolrunner.domain import Outcome
from tests.guest.sandboxed import Loaded, Ran, Sandbox

SOURCE = (Path(__file__).parent / "poisons.js").read_text()
SRC = Path(__file__).parents[2] / "services" / "toolrunner" / "guest" / "prelude" / "src"

# What runs after a tool's code has begun, in every call.
HOT = (
    *("core/async-context.js", "core/calls.js", "core/failure.js", "core/handlers.js"),
    *("core/causes.js", "core/rejections.js", "core/result.js", "core/stack.js", "core/timers.js"),
    *("core/waiting.js", "console/plain.js"),
)
# Methods of built-ins, called by name; iteration and spreading look up methods too.
LOOKED_UP = re.compile(
    r"\.(?:push|pop|shift|slice|splice|map|filter|some|every|find|includes|indexOf|join|concat|keys"
    r"|values|entries|forEach|flatMap|replace|replaceAll|split|startsWith|endsWith|repeat|trim|test"
    r"|exec|has|get|set|add|delete|then|catch|finally|call|apply|bind)\("
    r"|\bfor \(const \w+ of\b|\[\.\.\."
)


@pytest.fixture(scope="module")
def loaded(sandbox: Sandbox) -> Loaded:
    """Return the program with all poisons and works."""
    return sandbox.load(SOURCE, module=False)


def names(loaded: Loaded) -> tuple[list[str], list[str]]:
    """Return the names of all poisons and works."""
    value = loaded.call("list").value
    assert isinstance(value, list)
    return value[0], value[1]


def told(outcome: Outcome) -> object:
    """Return what the caller sees: the result, or the failure's kind, name and first line."""
    if outcome.failure is None:
        return json.loads(outcome.output_json)
    return [
        outcome.failure.kind.name,
        outcome.failure.name,
        outcome.failure.message.partition("\n")[0],
    ]


def test_poisoned_tools_end_as_ever(loaded: Loaded) -> None:
    poisons, works = names(loaded)
    expected = {work: told(call(loaded, "nothing", work).outcome) for work in works}
    assert expected["result"] == {"a": [1, [2, {"b": None}]], "c": "x"}
    different = {
        (poison, work): found
        for poison in poisons
        for work in works
        if (found := told(call(loaded, poison, work).outcome)) != expected[work]
    }
    assert different == {}


def test_poisoned_tools_write_their_lines(loaded: Loaded) -> None:
    poisons, _ = names(loaded)
    for poison in poisons:
        [(level, text)] = call(loaded, poison, "console").console
        assert (level, text[:6]) == ("log", "line 1"), poison


def call(loaded: Loaded, poison: str, work: str) -> Ran:
    """Call the tool that spoils the language in one way, then works."""
    return loaded.call("t", {"poison": poison, "work": work})


@pytest.mark.parametrize("name", HOT)
def test_hot_code_looks_up_no_method(name: str) -> None:
    found = [
        (number, line.strip())
        for number, line in enumerate((SRC / name).read_text().splitlines(), 1)
        if LOOKED_UP.search(line) and not line.strip().startswith(("//", "*", "/*"))
    ]
    assert found == []
