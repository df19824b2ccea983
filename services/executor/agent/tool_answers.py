"""The answer of a run that a tool ends, in frameworks where the tool's output is the answer."""

from __future__ import annotations

import json
from dataclasses import replace

from services.executor.agent.agent_rules import ending_tool
from services.executor.agent.plan import RunPlan
from services.executor.agent.state import RunState
from services.executor.agent.steps import End
from services.executor.conversation import ToolMessage
from services.executor.errors import ToolEndedRunError


def answer_of_tools(plan: RunPlan, state: RunState, end: End) -> str | None:
    """Return the answer as text; None where the model's text is the answer, or there is none."""
    if end.budget is not None or not state.last_calls:
        return None
    if end.output is not None:
        (value,) = end.output
        return value if isinstance(value, str) else json.dumps(value)
    call = ending_tool(plan.agent, state.last_calls)
    if call is None:
        return None
    results = (each for each in reversed(state.said) if isinstance(each, ToolMessage))
    return next((each.text for each in results if each.call_id == call.id), None)


async def read_answer(plan: RunPlan, end: End, text: str) -> End:
    """Return the end of the run with the answer of a tool in the form that answers must have.

    Raises:
        ToolEndedRunError: it does not have that form.
        LimitError: checking it takes too long.
    """
    if plan.output is None:
        return end
    read = await plan.output.read(text, plan.client)
    if read.problems is None:
        return replace(end, output=(read.value,))
    raise ToolEndedRunError(
        "The output of the tool that ended the run is its answer, and does not have the form that "
        f"the agent's answers must have. This is the bundle's fault. {read.problems}"
    )
