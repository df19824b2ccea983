"""The outcome of one tool call, as the object of ``--json`` and as text."""

from __future__ import annotations

import json
from dataclasses import asdict

from services.cli.domain import ToolAskedModel, ToolFetched
from services.cli.show.limits import tool_limit
from services.cli.show.run import cost_text, show_console, show_failure, show_query, show_request
from services.cli.show.terminal import Terminal
from services.cli.tool_outcome import LoadCost, ToolOutcome
from services.executor.domain import JsonObject
from services.executor.incomplete_load import IncompleteLoad


def outcome_object(outcome: ToolOutcome) -> JsonObject:
    """Return the object; its keys are a contract of the command line."""
    result: JsonObject = {"ok": outcome.failure is None}
    if outcome.failure is None:
        result["output"] = json.loads(outcome.output_json or "null")
        if outcome.model_output_json:
            result["modelOutput"] = json.loads(outcome.model_output_json)
    else:
        failure = outcome.failure
        result["failure"] = {
            "kind": failure.kind,
            "message": failure.message,
            "name": failure.name,
            "stack": failure.stack,
        }
    result["console"] = [{"level": line.level, "text": line.text} for line in outcome.console]
    result["usage"] = {
        "fuel": outcome.cost.fuel,
        "wallMs": round(outcome.cost.wall_s * 1000, 3),
        "peakMemoryBytes": outcome.cost.peak_memory_bytes,
        "hostCalls": outcome.cost.host_calls,
    }
    if outcome.incomplete is not None:
        result |= _incomplete_object(outcome.incomplete)
    if outcome.left_out is not None:
        result["leftOut"] = asdict(outcome.left_out)
    if outcome.load is not None:
        result["load"] = load_object(outcome.load)
    if outcome.requests:
        result["requests"] = [request_object(each) for each in outcome.requests]
    if outcome.queries:
        result["modelQueries"] = [query_object(each) for each in outcome.queries]
    if outcome.failure is not None and outcome.not_granted:
        result["notGranted"] = list(outcome.not_granted)
    return result


def load_object(load: LoadCost) -> JsonObject:
    """Return the cost of a load for this call alone, and what it needed."""
    return {
        "fuel": load.fuel,
        "wallMs": round(load.wall_s * 1000, 3),
        "env": list(load.env),
        "fetches": load.fetches,
    }


def load_text(load: LoadCost) -> str:
    """Return the line about a load for this call alone."""
    what = [f"reads {', '.join(load.env)}"] if load.env else []
    what += ["makes requests"] if load.fetches else []
    return (
        f"The bundle {' and '.join(what)} while it loads: each run loads it anew, "
        f"here in {load.wall_s * 1000:.0f} ms."
    )


def request_object(each: ToolFetched) -> JsonObject:
    """Return one request of a tool; it contains nothing secret."""
    return {
        "method": each.method,
        "host": each.host,
        "path": each.path,
        "status": each.status,
        "responseBytes": each.response_bytes,
        "wallMs": round(each.wall_s * 1000, 3),
        "error": each.error,
    }


def query_object(each: ToolAskedModel) -> JsonObject:
    """Return one query of a tool to a model."""
    return {
        "model": each.model,
        "inputTokens": each.input_tokens,
        "outputTokens": each.output_tokens,
        "wallMs": round(each.wall_s * 1000, 3),
        "error": each.error,
    }


def show_outcome(terminal: Terminal, tool: str, outcome: ToolOutcome) -> None:
    """Write console lines, then the output as indented JSON or the failure, then the cost."""
    for line in outcome.console:
        show_console(terminal, line)
    for request in outcome.requests:
        show_request(terminal, request)
    for query in outcome.queries:
        show_query(terminal, query)
    if outcome.failure is None:
        value = json.loads(outcome.output_json or "null")
        terminal.line(json.dumps(value, indent=2, ensure_ascii=False))
        if outcome.model_output_json:
            shown = json.loads(outcome.model_output_json)
            terminal.line("A model would be shown, by the tool's `toModelOutput`:", "dim")
            terminal.line(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        show_failure(terminal, tool, outcome.failure)
        if limit := tool_limit(outcome.failure.kind):
            terminal.line(f"    {limit}", "yellow")
        for option in outcome.not_granted:
            terminal.line(f"    The tool reads a secret that is not granted: {option}", "yellow")
    if outcome.load is not None:
        terminal.line(load_text(outcome.load), "dim")
    terminal.line(cost_text(outcome.cost), "dim")


def _incomplete_object(load: IncompleteLoad) -> JsonObject:
    """Return what a load that failed halfway adds to a call's object."""
    result: JsonObject = {"loadFaults": [asdict(each) for each in load.faults]}
    if load.unusable:
        result["unusableTools"] = [
            {"agent": each.agent, "tool": each.tool, "why": each.why, "mayRun": each.may_run}
            for each in load.unusable
        ]
    return result
