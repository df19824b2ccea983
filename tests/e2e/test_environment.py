"""A run's environment, end to end: at load and in calls, by request and by policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import run_pb2 as pb
from tests.e2e.pair import asks, events_of, pair
from tests.e2e.test_fetch import echo
from tests.executor.fake_provider import answer

SECRET = "sk-live-5f0c8a3b9d"
SOURCE = """
import { createAgent, createTool } from "lightfast/agent";
import { z } from "zod";
const { API_KEY, REGION = "none" } = process.env;
if (!process.env.API_URL) throw new Error("API_URL is required");
const started = new Date(process.env.API_URL ? 0 : 1).getTime();
const remote = await fetch(`${process.env.API_URL}/tools`, { headers: { "x-key": API_KEY } });
const found = (await remote.json()).path;
const get = createTool({
  description: "Fetches a page.",
  inputSchema: z.object({}),
  execute: async (input, { env }) => {
    const url = `${process.env.API_URL}/call`;
    const sent = await (await fetch(url, { headers: { "x-key": API_KEY } })).json();
    return {
      found, started, REGION, path: sent.path, same: env.API_KEY === API_KEY, plain: env.API_URL,
      options: process.env.NODE_OPTIONS ?? null,
    };
  },
});
export default {
  agents: { web: createAgent({ name: "web", system: "s", model: "openai/gpt-x", tools: { get } }) },
};
"""
BUNDLE = pb.BundleSource(inline=SOURCE.encode())


def script() -> list[Any]:
    return asks(("get", "{}"))


def told_at_start(outcome: Any) -> list[str]:
    """Return what a run is told as it starts of variables that are read at load."""
    (started,) = (each for each in outcome.events if each.HasField("run_started"))
    told = started.run_started.diagnostics
    return [each.reason for each in told if each.path.startswith("env.")]


async def test_bundle_that_needs_its_environment_loads_and_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("API_KEY", SECRET)
    with echo() as (host, seen):
        settings = {"allow_fetch": (host,), "secrets": (f"API_KEY@{host},like=sk-live-...",)}
        scripts = (script(), answer("Done."), script(), answer("Done."))
        async with pair(*scripts, **settings) as (client, _):
            for region in ("eu", "us"):
                env = {"API_URL": f"http://{host}", "REGION": region, "NODE_OPTIONS": "--x"}
                outcome = await client.run(bundle=BUNDLE, env=env)
                assert outcome.code is grpc.StatusCode.OK, outcome
                (output,) = events_of(outcome, "tool_output_available")
                assert output["output"] == {
                    "found": "/tools",
                    "started": 0,
                    "REGION": region,
                    "path": "/call",
                    "same": True,
                    "plain": f"http://{host}",
                    "options": "--x",
                }
                assert not told_at_start(outcome)
                requests = events_of(outcome, "tool_request")
                assert [each.get("toolCallId", "") for each in requests] == ["", "c0"]
                assert SECRET not in str(outcome.events)
    assert [each["path"] for each in seen] == ["/tools", "/call"] * 2
    assert {each["headers"]["x-key"] for each in seen} == {SECRET}


async def test_policy_gives_values_by_agent(tmp_path: Path) -> None:
    policy = {
        "env": [
            {"name": "API_URL", "value": "http://127.0.0.1:1", "agents": ["web"]},
            {"name": "REGION", "value": "moon", "agents": ["other"]},
        ]
    }
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy))
    lines = (each for each in SOURCE.splitlines() if "remote" not in each)
    source = "\n".join(lines).replace("const sent =", "const found = '', sent = { path: url } ?? ")
    bundle = pb.BundleSource(inline=source.encode())
    settings = {"egress_policy": str(path), "env": {"NODE_OPTIONS": "of all"}}
    async with pair(script(), answer("Done."), **settings) as (client, _):
        outcome = await client.run(bundle=bundle)
        (output,) = events_of(outcome, "tool_output_available")
        assert output["output"]["plain"] == "http://127.0.0.1:1"
        assert (output["output"]["REGION"], output["output"]["options"]) == ("none", "of all")
        refused = await client.run(bundle=bundle, env={"API_URL": "http://127.0.0.1:2"})
        assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
        assert "set by the deployment" in str(refused)


async def test_name_cannot_be_secret_and_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", SECRET)
    settings = {"secrets": ("API_KEY@127.0.0.1:1",)}
    async with pair(**settings) as (client, _):
        refused = await client.run(bundle=BUNDLE, env={"API_KEY": "plain"})
        assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
        assert "both a secret and a plain value" in str(refused)
        for env in ({"A B": "x"}, {"A": "x" * 40_000}, {f"N{at}": "" for at in range(200)}):
            refused = await client.run(bundle=BUNDLE, env=env)
            assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
            assert not refused.events


async def test_run_without_the_value_says_what_is_missing() -> None:
    async with pair(script(), answer("No.")) as (client, _):
        outcome = await client.run(bundle=BUNDLE)
    assert "API_URL is required" in str(outcome)
    told = told_at_start(outcome)
    assert len(told) == 3
    start = "API_URL is read while the bundle loads, which fails in line 5 without it: "
    assert any(text.startswith(f"{start}grant it with --env API_URL. ") for text in told)
