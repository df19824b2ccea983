"""A schedule that was played, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from services.executor.agent.ports import ModelQuery
from tests.simulation.records import Asked, Played, Ran
from tests.simulation.scripts import RunScript, WorldScript

WIDTH = 200


def traced(played: Played) -> str:
    """Return what happened, in the order of time within each run; lines are cut."""
    lines = [_settings(played.script), f"{played.steps} steps of the loop"]
    lines += [f"fault: {fault}" for fault in played.faults]
    for ran in played.runs:
        lines += _run(ran)
    return "\n".join(line if len(line) <= WIDTH else f"{line[:WIDTH]}..." for line in lines)


def _settings(script: WorldScript | RunScript) -> str:
    """Return what a script sets, without the runs in it and what is left as it is."""
    said = {each.name: getattr(script, each.name) for each in fields(script)}
    said.pop("runs", None)
    if isinstance(script, RunScript):
        limits = {each.name: getattr(script.limits, each.name) for each in fields(script.limits)}
        said |= {name: value for name, value in limits.items() if name != "tool"}
        said.pop("limits")
    return ", ".join(f"{name}={value}" for name, value in said.items() if value)


def _run(ran: Ran) -> Iterator[str]:
    yield f"run {ran.number}: {ran.script.reader}"
    yield f"  {ran.script.runner}"
    yield f"  {_settings(ran.script)}"
    yield from (text for _, _, text in sorted(_happened(ran)))
    yield f"  kept: {ran.kept}"


def _happened(ran: Ran) -> Iterator[tuple[float, int, str]]:
    """Yield the time, a number that keeps the order, and the line of all that happened."""

    def line(time_s: float, order: int, text: str) -> tuple[float, int, str]:
        return time_s, order, f"  {time_s:10.4f} {text}"

    for time_s, event in ran.events:
        yield line(time_s, 100 + event.sequence, f"{event.sequence:4} {event.event}")
    for asked in ran.asked:
        yield line(asked.began_s, 0, f"     asks {_query(asked.query)}")
        yield line(asked.ended_s, 1, f"     was answered {_answer(asked)}")
    for called in ran.called.values():
        call_id = called.invocation.tool_call_id
        ended_s = called.began_s if called.ended_s is None else called.ended_s
        yield line(called.began_s, 2, f"     calls {call_id} {called.script}")
        yield line(ended_s, 3, f"     ended {call_id} {called.outcome}")
    for stored in ran.stored:
        yield line(stored.began_s, 4, f"     {stored.kind}s, done: {stored.done}")
    for time_s, cause in ran.aborts:
        yield line(time_s, 5, f"     is aborted: {cause.value}")
    if ran.cut_s is not None:
        yield line(ran.cut_s, 6, "     its reader is cancelled")
    for time_s, text in ran.endings:
        yield line(time_s, 7, f"     log: {text}")
    if ran.refused is not None:
        yield line(ran.began_s, 8, f"     was refused: {ran.refused}")


def _query(query: ModelQuery) -> str:
    messages = " ".join(
        type(message).__name__.removesuffix("Message") for message in query.messages
    )
    return f"{query.model}, settings {dict(query.settings)}: {messages}"


def _answer(asked: Asked) -> str:
    return f"whole: {asked.is_whole}, error: {asked.error!r}, {len(asked.said)} pieces {asked.said}"
