"""What differs between the agents of two bundles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.executor.agent.model_names import models_of
from services.executor.domain import AgentSpec, Json, Manifest, ToolSpec
from services.executor.mcp_servers import McpServer

MAX_TEXT: Final = 2_000
IN_EACH_RUN: Final = "asked of the bundle's code in each run"


class Subject(Enum):
    """What a change is about."""

    AGENT = "agent"
    PROMPT = "prompt"
    MODEL = "model"
    TOOL = "tool"
    SCHEMA = "schema"
    REACH = "reach"


@dataclass(frozen=True)
class Change:
    """One difference; a text is empty where there is nothing."""

    subject: Subject
    path: str
    before: str
    after: str


def changes_of(old: Manifest, new: Manifest) -> list[Change]:
    """Return what differs, by agent; the texts are cut."""
    found: list[Change] = []
    for key in dict.fromkeys([*old.agents, *new.agents]):
        one, two = old.agents.get(key), new.agents.get(key)
        path = f"agents.{key}"
        if one is None or two is None:
            found.append(Change(Subject.AGENT, path, _named(one), _named(two)))
            if two is None:
                continue
        found += _of_agent(path, one, two)
    return found


def _of_agent(path: str, one: AgentSpec | None, two: AgentSpec) -> Iterator[Change]:
    """Yield the differences of an agent, or all that a new one has."""
    texts = [
        (Subject.PROMPT, "instructions", _prompt),
        (Subject.MODEL, "model", lambda each: ", ".join(models_of([each]))),
        (Subject.SCHEMA, "output", lambda each: _json(each.output_schema)),
        (Subject.REACH, "mcp_servers", lambda each: ", ".join(map(_server, each.mcp_servers))),
        (Subject.AGENT, "handoffs", lambda each: ", ".join(link.agent for link in each.handoffs)),
    ]
    for subject, name, text_of in texts:
        before, after = "" if one is None else text_of(one), text_of(two)
        yield from _change(subject, f"{path}.{name}", before, after)
    tools: Mapping[str, ToolSpec] = {} if one is None else one.tools
    for key in dict.fromkeys([*tools, *two.tools]):
        yield from _of_tool(f"{path}.tools.{key}", tools.get(key), two.tools.get(key))


def _of_tool(path: str, one: ToolSpec | None, two: ToolSpec | None) -> Iterator[Change]:
    yield from _change(Subject.TOOL, path, _described(one), _described(two))
    if two is None:
        return
    schemas = (
        ("input", None if one is None else one.input_schema, two.input_schema),
        ("output", None if one is None else one.output_schema, two.output_schema),
    )
    for name, before, after in schemas:
        yield from _change(Subject.SCHEMA, f"{path}.{name}", _json(before), _json(after))
    yield from _change(Subject.REACH, f"{path}.reach", _reached(one), _reached(two))


def _change(subject: Subject, path: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(subject, path, cut(before), cut(after))


def cut(text: str) -> str:
    """Return a text that may be shown."""
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."


def _named(agent: AgentSpec | None) -> str:
    return "" if agent is None else agent.name or agent.key


def _prompt(agent: AgentSpec) -> str:
    parts = ", ".join(sorted({each.part.value for each in agent.asked}))
    return f"{agent.system}\n({parts}: {IN_EACH_RUN})" if parts else agent.system


def _server(server: McpServer) -> str:
    """Return how a server is named and where it is; headers may hold what is secret."""
    parts = (part if isinstance(part, str) else f"${{{part.name}}}" for part in server.url)
    return f"{server.key} at {''.join(parts)}"


def _described(tool: ToolSpec | None) -> str:
    if tool is None:
        return ""
    notes = [
        name
        for name, has in (
            ("disabled", tool.disabled),
            ("needs approval", tool.needs_approval or tool.approval_asked),
            ("run by the client", tool.client_side),
        )
        if has
    ]
    text = tool.description or tool.key
    return f"{text} ({', '.join(notes)})" if notes else text


def _reached(tool: ToolSpec | None) -> str:
    reach = None if tool is None else tool.reach
    if reach is None:
        return ""
    kinds = (("hosts", reach.hosts), ("env", reach.env), ("modules", reach.modules))
    told = [f"{name}: {', '.join(values)}" for name, values in kinds if values]
    if reach.gaps:
        told.append(f"{len(reach.gaps)} places cannot be read")
    return "; ".join(told)


def _json(value: Json) -> str:
    return "" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)
