"""What a nested run costs over a plain step: the same queries and calls, with and without one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.report import progress, report
from services.executor.adapters.http.exchange import HttpConnections
from services.executor.adapters.http.name_service import NameService
from services.executor.agent.run import AgentRun
from services.executor.agent.scripted import FixedBundles, ScriptedModel, ScriptedRunner
from services.executor.agent_parts import AgentLink
from services.executor.clients import OWN_PROCESS, Client
from services.executor.domain import InlineBundle
from services.executor.egress.policy import Egress
from services.executor.egress.rules import Allowances
from services.executor.run_request import RunRequest
from tests.executor.builders import ADD_SCHEMA, Stage, add, agent, bundle, calls, says, tool
from tests.executor.watched import WatchedRun

ADD = ("c", "add", '{"a":1,"b":2}')
ASK = ("c", "ask_helper", "{}")
PLAIN = [calls(ADD), calls(ADD), calls(ADD), says("Done.")]
NESTED = [calls(ASK), calls(ADD), says("Helped."), says("Done.")]


async def measure(rounds: int) -> None:
    """Report how many milliseconds more a run takes two of whose four queries are nested."""
    progress("nested runs")
    plain, nested = [], []
    for _ in range(rounds):
        plain.append(await _timed(PLAIN))
        nested.append(await _timed(NESTED))
    more = statistics.median(nested) - statistics.median(plain)
    told = {"p50Ms": round(more, 3), "plainRunMs": round(statistics.median(plain), 3)}
    report({"measure": "nested-run", **told})


async def _timed(scripts: Sequence[Any]) -> float:
    run = await _run(scripts)
    began = time.perf_counter()
    async for _ in run.events():
        pass
    return (time.perf_counter() - began) * 1000


async def _run(scripts: Sequence[Any]) -> WatchedRun:
    helper = agent(tool("add", ADD_SCHEMA), key="helper", framework="openai-agents")
    link = AgentLink("helper", "Helper", "ask_helper")
    tools = tool("add", ADD_SCHEMA), tool("ask_helper")
    main = agent(*tools, framework="openai-agents", agent_tools=(link,))
    bundles, names = FixedBundles(bundle(main, helper)), NameService()

    def connections(allowed: Allowances, client: Client) -> HttpConnections:
        return HttpConnections(allowed, "", names.resolver(client))

    stage = Stage(ScriptedModel(scripts), bundles, ScriptedRunner({"add": add}))
    request = RunRequest(InlineBundle(b""), "Go", agent="main")
    plan = await stage.planner().plan(request, OWN_PROCESS)
    run = AgentRun(plan, replace(stage.parts(), egress=Egress(connections)))
    return stage.recorder.run(run)
