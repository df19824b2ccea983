"""Parts of agents that misbehave when they are asked: each is bounded, typed and told.

A run of such an agent does not begin, and its model is not asked; one beside it runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from caisson.executor.v1.run_pb2 import BundleSource
from tests.e2e.pair import pair
from tests.executor.fake_provider import answer
from tests.executor.served import Outcome
from tests.repeats import soaking

HEAD = """import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
const t = (id) => createTool({ id, description: "d", inputSchema: z.object({}), execute: () => 1 });
const given = { instructions: "Help.", model: "openai/gpt-4o-mini", tools: { t: t("t") } };
let asked = 0;
"""
# What a function does that is asked for a part, and how the refusal of the run says it.
BEHAVIOUR = {
    "hangs": ("() => { for (;;); }", "FUEL_EXHAUSTED"),
    "never": ("() => new Promise(() => {})", "NEVER_SETTLED"),
    "throws": ("() => { throw new RangeError('no tenant'); }", "RangeError: no tenant"),
    "throws_getter": (
        "() => { throw { get message() { for (;;); }, get stack() { throw 1; } }; }",
        "",
    ),
    "fills": ("() => { const a = []; for (;;) a.push('x'.repeat(1e6) + a.length); }", ""),
    "deep": ("() => { let a = 'x'; for (let i = 0; i < 1e5; i++) a = [a]; return a; }", ""),
    "proxy": ("() => new Proxy({}, { get: () => { throw new Error('trap'); } })", ""),
    "proxy_keys": ("() => new Proxy({}, { ownKeys: () => { for (;;); } })", ""),
    "symbol": ("() => Symbol('s')", ""),
    "recurses": ("() => { const f = () => f(); return f(); }", ""),
}
PARTS = ("instructions", "model", "tools", "defaultOptions")
# What says nothing, as for Mastra, and what leaves tools that are disabled.
CLOSED = {("defaultOptions", "proxy"), ("defaultOptions", "symbol"), ("tools", "proxy")}
CLOSED |= {("tools", "deep")}
# What uses a call up is tried for one part where not everything is.
COSTLY = ("hangs", "fills", "proxy_keys")
LONG = {
    "long_instructions": "instructions: () => 'x'.repeat(10 * 1024 * 1024)",
    "long_model": "model: () => 'openai/' + 'x'.repeat(1024 * 1024)",
    "long_key": "tools: () => ({ ['k'.repeat(1024 * 1024)]: t('k') })",
    "many_tools": "tools: () => Object.fromEntries([...Array(501)].map((_, i) => [i, t()]))",
    "long_setting": "defaultOptions: () => ({ ['approve' + 'x'.repeat(1024 * 1024)]: 1 })",
}


def agent(name: str, part: str) -> str:
    return f'export const {name} = new Agent({{ id: "{name}", name: "{name}", ...given, {part} }});'


REFUSED = {
    f"{part}_{name}": (part, code, told)
    for part in PARTS
    for name, (code, told) in BEHAVIOUR.items()
    if (part, name) not in CLOSED
    if soaking() or name not in COSTLY or part == "tools"
}
SOURCE = "\n".join(
    [
        HEAD,
        *(agent(key, f"{part}: {code}") for key, (part, code, _) in REFUSED.items()),
        *(agent(key, part) for key, part in LONG.items()),
        agent("other", "instructions: () => `Answer ${asked++}.`"),
        agent("nulls", "tools: () => ({ t: t('t'), n: null, get bad() { throw Error('no'); } })"),
    ]
)
BUNDLE = BundleSource(inline=SOURCE.encode())


ORDINARY = ("other", "other", "nulls")


@dataclass(frozen=True)
class Seen:
    """How a run went, and what its model was asked."""

    outcome: Outcome
    queries: list[dict[str, Any]]


@pytest.fixture(scope="module")
def seen() -> list[tuple[str, Seen]]:
    """The runs of all agents, one after the other."""
    return asyncio.run(all_runs([*REFUSED, *LONG, *ORDINARY]))


async def all_runs(keys: Sequence[str]) -> list[tuple[str, Seen]]:
    found: list[tuple[str, Seen]] = []
    async with pair(answer("Done.")) as (client, provider):
        for key in keys:
            before = len(provider.requests)
            outcome = await client.run(bundle=BUNDLE, agent=key)
            found.append((key, Seen(outcome, provider.requests[before:])))
    return found


@pytest.mark.parametrize("key", [*REFUSED, *LONG])
def test_run_whose_agent_cannot_be_told_does_not_begin(
    key: str, seen: list[tuple[str, Seen]]
) -> None:
    run = dict(seen)[key]
    assert not run.queries
    assert run.outcome.reason == "AGENT_UNRESOLVED"
    message = run.outcome.message
    assert f'The agent "{key}" cannot run: its ' in message
    assert REFUSED.get(key, ("", "", ""))[2] in message
    assert len(message) < 2000


def test_agent_beside_them_is_told_anew_each_time(seen: list[tuple[str, Seen]]) -> None:
    """A run is told in a sandbox of its own: what code counts begins anew."""
    prompts = [run.queries[0]["messages"][0]["content"] for key, run in seen if key == "other"]
    assert prompts == ["Answer 0."] * 2


def test_tools_that_are_none_are_told_and_not_offered(seen: list[tuple[str, Seen]]) -> None:
    run = dict(seen)["nulls"]
    assert [tool["function"]["name"] for tool in run.queries[0]["tools"]] == ["t"]
    told = str(run.outcome.events[0])
    assert "it is null, and no tool" in told
    assert "it cannot be looked at: no" in told
