"""An agent or a tool may have any key: no call takes its stream along."""

from __future__ import annotations

import json

import pytest

from tests.toolrunner.clients import Runner, opened_stream

KEYS = [
    "",
    "k" * 3000,
    "k" * 65_536,
    "__proto__",
    "constructor",
    "toString",
    "then",
    "0",
    "a.b",
    " \n\"'`${}",
    "h\u00e9\U0001f600",
    "\x00",
    "\u2028",
    "\ufffd",
]
# "\ufffd" is how a caller names the key that is a lone surrogate.
PROGRAM = """
  const keys = %s.map((key) => key === "\\ufffd" ? "\\ud800" : key);
  const tools = Object.fromEntries(keys.map((key) => [key, { execute: () => key.length }]));
  const agents = ["main", "", "a".repeat(3000), "__proto__"];
  exports.agents = Object.fromEntries(agents.map((key) => [key, { tools }]));
"""
SOURCE = (PROGRAM % json.dumps(KEYS)).encode()


@pytest.mark.parametrize("agent", ["main", "", "a" * 3000, "__proto__"])
async def test_any_key_is_called(runner: Runner, agent: str) -> None:
    async with opened_stream(runner.address, SOURCE, form="SCRIPT") as stream:
        for key in KEYS:
            done = await stream.run(key, agent=agent)
            assert done.output == str(len(key.encode("utf-16-le")) // 2), key[:20]


async def test_unknown_and_endless_keys_are_not_found(runner: Runner) -> None:
    async with opened_stream(runner.address, SOURCE, form="SCRIPT") as stream:
        for key in ("nope", "x" * 100_000):
            failed = await stream.run(key, agent="main")
            assert failed.kind == "TOOL_NOT_FOUND"
        assert "100000 bytes" in failed.message
        assert (await stream.run("then", agent="main")).output == "4"
