"""``caisson inspect --sandbox-schemas`` starts a toolrunner; without it nothing is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Caisson

LOOPED = """\
function fields(names) {
  const shape = {};
  for (const name of names) shape[name] = { type: ["string", "number"][names.length % 2] };
  while (globalThis.never) shape.never = {};
  return shape;
}
const tool = { description: "d", execute: () => 1, inputSchema: { type: "object", properties: fields(["a", "b"]) } };
export default createLightfast({ agents: { one: createAgent({ model: "m", system: "s", tools: { tool } }) } });
function createAgent(config) { return { lightfastConfig: config, ...config }; }
function createLightfast(config) { return { config }; }
"""  # noqa: E501 - a program


@pytest.fixture
def looped(tmp_path: Path) -> str:
    path = tmp_path / "looped.js"
    path.write_text(LOOPED)
    return str(path)


def test_sandbox_schemas_flag_asks_the_sandbox(caisson: Caisson, looped: str) -> None:
    without = caisson("inspect", looped, "--json")
    asked = caisson("inspect", looped, "--json", "--sandbox-schemas")
    assert (without.status, asked.status) == (0, 0), asked.err
    (unread,) = without.json["agents"]["one"]["tools"].values()
    assert unread["inputSchema"] is None
    (tool,) = asked.json["agents"]["one"]["tools"].values()
    assert tool["schemaSource"] == "SANDBOX"
    assert tool["inputSchema"]["properties"] == {"a": {"type": "string"}, "b": {"type": "string"}}
    severities = [each["severity"] for each in asked.json["diagnostics"]]
    assert severities == ["info"]


DATED = """\
import { ToolLoopAgent } from "ai";
export const agent = new ToolLoopAgent({
  model: "openai/m", instructions: `Never give refunds. It is ${new Date().getFullYear()}.`,
});
"""


def test_context_without_resolve_is_refused(caisson: Caisson, looped: str) -> None:
    refused = caisson("inspect", looped, "--context", "{}")
    assert refused.status == 2
    assert "--context works only with --resolve." in refused.err


def test_resolve_shows_what_only_running_tells(caisson: Caisson, tmp_path: Path) -> None:
    path = tmp_path / "dated.js"
    path.write_text(DATED)
    before = caisson("inspect", str(path), "--json").json["agents"]["agent"]
    assert (before["system"], before["disabled"]) == ("", False)
    (asked,) = before["asked"]
    assert (asked["part"], asked["source"], asked["line"]) == ("instructions", "DYNAMIC", 3)
    after = caisson("inspect", str(path), "--resolve", "--json").json["agents"]["agent"]
    assert after["system"].startswith("Never give refunds. It is 2")


def test_resolve_takes_the_context_of_a_run(caisson: Caisson, tmp_path: Path) -> None:
    path = tmp_path / "dynamic.js"
    path.write_text(
        "import { Agent } from '@openai/agents';\n"
        "export const a = new Agent({ name: 'A', model: 'gpt-5',"
        " instructions: (run) => `You serve ${run.context.user} in ${run.context.sessionId}.` });\n"
    )
    context = '{"user": "Ada", "sessionId": "s1"}'
    shown = caisson("inspect", str(path), "--resolve", "--context", context)
    assert "You serve Ada in s1." in shown.out
    wrong = caisson("inspect", str(path), "--resolve", "--context", "[]")
    assert wrong.status == 2
    assert "must be a JSON object" in wrong.err


HALF = """\
import { ToolLoopAgent, tool } from "ai";
const open = () => { throw new Error("unsupported architecture"); };
const add = tool({ description: "Adds", inputSchema: { type: "object" }, execute: () => 1 });
const database = open();
const history = tool({
  description: "Reads", inputSchema: { type: "object" }, execute: () => database.all(),
});
export const agent = new ToolLoopAgent({ model: "openai/m", tools: { add, history } });
"""


def test_resolve_tells_what_fails_at_load_and_which_tools_that_takes(
    caisson: Caisson, tmp_path: Path
) -> None:
    path = tmp_path / "half.js"
    path.write_text(HALF)
    assert caisson("inspect", str(path), "--json").json["diagnostics"] == []
    found = caisson("inspect", str(path), "--json", "--resolve").json["diagnostics"]
    assert {each["severity"] for each in found} == {"warning"}
    told = "\n".join(each["reason"] for each in found)
    assert "The bundle's top level failed at bundle.js:4:7: " in told
    assert "unsupported architecture" in told
    assert "May fail: agent.history, since " in told


def test_resolve_of_a_bundle_that_loads_tells_nothing(caisson: Caisson, tmp_path: Path) -> None:
    path = tmp_path / "whole.js"
    path.write_text(HALF.replace("= open()", "= { all: open }"))
    assert caisson("inspect", str(path), "--json", "--resolve").json["diagnostics"] == []


GUARDED = """\
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";
if (!process.env.SHOP_KEY) throw new Error("SHOP_KEY is required");
const list = [];
for (const name of new Set(["one", "two"])) list.push([name, z.object({ [name]: z.string() })]);
const tools = Object.fromEntries(list.map(([name, inputSchema]) => [
  name, tool({ description: name, inputSchema, execute: (input) => input[name] + name }),
]));
export const known = new ToolLoopAgent({ model: "openai/m", tools: {
  one: tool({ description: "One", inputSchema: list[0][1], execute: (input) => input.one + 1 }),
} });
export const unknown = new ToolLoopAgent({ model: "openai/m", tools });
"""
KEYS = ("--secret", "SHOP_KEY@a.example")


@pytest.fixture
def guarded(tmp_path: Path) -> str:
    path = tmp_path / "guarded.js"
    path.write_text(GUARDED)
    return str(path)


def test_resolve_shows_what_a_bundle_tells_that_loads_only_with_its_key(
    caisson: Caisson, guarded: str
) -> None:
    run = caisson.given({"SHOP_KEY": "very-secret-key"})
    without = run("inspect", guarded, "--resolve", "--json").json["agents"]
    assert (without["unknown"]["disabled"], without["known"]["tools"]["one"]["disabled"]) == (
        True,
        True,
    )
    found = run("inspect", guarded, "--resolve", *KEYS, "--json").json["agents"]
    schemas = {
        (key, name): [*tool["inputSchema"]["properties"]]
        for key, agent in found.items()
        for name, tool in agent["tools"].items()
    }
    assert schemas == {
        ("known", "one"): ["one"],
        ("unknown", "one"): ["one"],
        ("unknown", "two"): ["two"],
    }
    plain = run("inspect", guarded, "--env", "SHOP_KEY=1")
    assert (plain.status, "work only with --resolve" in plain.err) == (2, True)


def test_tool_that_only_a_load_with_its_key_tells_is_called(caisson: Caisson, guarded: str) -> None:
    run = caisson.given({"SHOP_KEY": "very-secret-key"})
    for agent, name, output in (("known", "one", "a1"), ("unknown", "two", "atwo")):
        called = run("tool", guarded, agent, name, f'{{"{name}": "a"}}', *KEYS, "--json")
        assert called.json["output"] == output, called.err
    lost = run("tool", guarded, "unknown", "two", '{"two": "a"}')
    assert lost.status == 2
    assert "SHOP_KEY is required" in lost.err


def test_run_with_the_key_offers_a_tool_whose_schema_only_its_load_tells(
    caisson: Caisson, guarded: str
) -> None:
    run = caisson.given({"SHOP_KEY": "very-secret-key"})
    granted = ("--allow-fetch", "a.example", *KEYS)
    result = run("run", guarded, "--agent", "known", "Go", "--offline", *granted)
    assert "\u2190 one" in result.out + result.err
