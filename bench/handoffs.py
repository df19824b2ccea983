"""What a handoff costs over a plain step, through both services and a model that costs nothing."""

from __future__ import annotations

import statistics
import time
from contextlib import aclosing

from bench.executors import scripted_pair
from bench.offline import MODEL
from bench.report import milliseconds, progress, report
from services.cli.client.clients import run_agent
from services.cli.client.wire import run_event
from services.cli.domain import AgentChanged, RunFinished, RunRequest, ToolReturned
from tests.conversations.cases import calls, says

STEPS = 16
SCRIPT_OF = {"plain": "step", "read": "transfer_to_Other", "asked": "transfer_to_Other"}
SOURCE = """
import { Agent, handoff, tool } from "@openai/agents";
const parameters = { type: "object", properties: {}, additionalProperties: true };
const step = tool({ name: "step", description: "", parameters, strict: false, execute: () => 1 });
const made = (name, more) => new Agent({ name, instructions: "Go on.", ...more });
export const plain = made("Plain", { tools: [step] });
export const read = made("Other", { tools: [step] });
read.handoffs.push(made("Other", { tools: [step], handoffs: [read] }));
const asking = { onHandoff: () => {}, inputFilter: (data) => data };
export const asked = made("Other", { tools: [step] });
const other = made("Other", { tools: [step], handoffs: [handoff(asked, asking)] });
asked.handoffs.push(handoff(other, asking));
"""


async def measure(runs: int) -> None:
    """Report the time of a step of each kind: with a call of a tool, and with a handoff.

    A handoff that is read costs the sandbox nothing; for one that is asked it is called before
    each query, and where the handoff is made.
    """
    progress("handoffs")
    per_step = {name: await _steps(name, runs) for name in SCRIPT_OF}
    report({"measure": "plain-step", "steps": STEPS, **milliseconds(per_step["plain"])})
    plain_s = statistics.median(per_step["plain"])
    for name in ("read", "asked"):
        over_ms = round((statistics.median(per_step[name]) - plain_s) * 1000, 3)
        times = milliseconds(per_step[name])
        report({"measure": f"handoff-{name}", "steps": STEPS, **times, "overPlainMs": over_ms})


async def _steps(agent: str, runs: int) -> list[float]:
    """Return the seconds of a step in each run of an agent, the first run left out."""
    script = [*[calls((SCRIPT_OF[agent], {}))] * STEPS, says("Done.")]
    times: list[float] = []
    async with scripted_pair(script) as pair:
        for _ in range(runs + 1):
            pair.models.heard.clear()
            times.append(await _run(pair.executor.address, agent) / (STEPS + 1))
    return times[1:]


async def _run(address: str, agent: str) -> float:
    """Return the seconds from the first event of a run to its end."""
    request = RunRequest("Go.", SOURCE.encode(), "", agent=agent, model=MODEL)
    began = None
    made = 0
    async with aclosing(run_agent(address, request)) as events:
        async for response in events:
            began = began or time.perf_counter()
            event = run_event(response)
            made += isinstance(event, AgentChanged if agent != "plain" else ToolReturned)
            if isinstance(event, RunFinished) and made == STEPS:
                return time.perf_counter() - began
    message = f"the run of {agent} made {made} of {STEPS} steps"
    raise RuntimeError(message)
