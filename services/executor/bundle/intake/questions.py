"""What the sandbox is asked about a manifest, and the manifest with its answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.executor.agent_parts import AgentHook, AgentPart, AskedPart, ValueSource
from services.executor.bundle.intake.answered_schemas import ReadSchema
from services.executor.bundle.ports import SandboxQuestion
from services.executor.bundle.syntax.diagnostics import (
    HOOK_REASON,
    asked_diagnostic,
    hook_diagnostic,
)
from services.executor.domain import (
    AgentSpec,
    Diagnostic,
    Manifest,
    Refusal,
    Severity,
    ToolSpec,
    UnreadSchema,
)

MAX_ASKED = 200
_NOBODY_ASKS = "but this deployment does not ask (CAISSON_EXECUTOR_SANDBOX_SCHEMAS)"
NOT_ASKED = f"the sandbox would tell it, {_NOBODY_ASKS}"
_DISABLED = "the tool is disabled"
_AGAIN = f"{_DISABLED}, but runs that are granted variables ask again"
NOT_RUN = f"the sandbox would run it, {_NOBODY_ASKS}"


@dataclass(frozen=True)
class SchemaQuestion:
    """A tool whose schema could not be read, and why."""

    agent: str
    tool: str
    unread: UnreadSchema


@dataclass(frozen=True)
class PartsQuestion:
    """An agent with parts that could not be read."""

    agent: str
    asked: tuple[AskedPart, ...]

    def in_context(self, context_json: str) -> SandboxQuestion:
        """Return the question for one context, a JSON object or empty."""
        parts = tuple(dict.fromkeys(each.part for each in self.asked))
        return SandboxQuestion(self.agent, parts=parts, context_json=context_json)

    def asked_in_each_run(self) -> Callable[[AgentSpec], AgentSpec]:
        """Return a function that makes the parts differ from run to run."""

        def changed(agent: AgentSpec) -> AgentSpec:
            asked = tuple(
                replace(each, source=ValueSource.DYNAMIC) if each in self.asked else each
                for each in agent.asked
            )
            return replace(agent, asked=asked)

        return changed


@dataclass(frozen=True)
class ToldSchema:
    """A checked answer: a schema, or why there is none.

    ``not_loaded`` is set if that is since the bundle could not be loaded.
    """

    read: ReadSchema | None = None
    failure: str = ""
    is_final: bool = True
    not_loaded: bool = False


def has_questions(manifest: Manifest) -> bool:
    """Tell whether there is anything to ask the sandbox."""
    return bool(of_schemas(manifest) or of_parts(manifest))


def of_schemas(manifest: Manifest) -> list[SchemaQuestion]:
    """Return the tools that are disabled only because of their schema, at most 200."""
    found = (
        SchemaQuestion(agent.key, tool.key, tool.unread_schema)
        for agent in manifest.agents.values()
        for tool in agent.tools.values()
        if tool.unread_schema is not None
    )
    return list(itertools.islice(found, MAX_ASKED))


def of_parts(manifest: Manifest, source: ValueSource | None = None) -> list[PartsQuestion]:
    """Return the agents with unknown parts, of one source if given; none that are disabled."""
    found = []
    for agent in manifest.agents.values():
        asked = tuple(each for each in agent.unknown if source in (None, each.source))
        if asked and not agent.disabled:
            found.append(PartsQuestion(agent.key, asked))
    return found


def with_agent(
    manifest: Manifest,
    question: PartsQuestion,
    agent: AgentSpec,
    more: Iterable[Diagnostic] = (),
) -> Manifest:
    """Return a manifest with an agent as the sandbox's answer makes it."""
    now = {each.path: asked_diagnostic(each) for each in agent.asked}
    said = {asked_diagnostic(each): [now[each.path]] for each in question.asked}
    return _replaced(manifest, {**manifest.agents, agent.key: agent}, said, more)


def without(manifest: Manifest, question: PartsQuestion, why: str) -> Manifest:
    """Return a manifest in which nobody knows the parts of a question; ``why`` is a clause.

    What cannot be left out disables the agent.
    """
    agent = manifest.agents[question.agent]
    said: dict[Diagnostic, list[Diagnostic]] = {}
    refusals: list[Refusal] = []
    for each in question.asked:
        reason = f"{each.reason}; {why}"
        if each.otherwise:
            told = f"{reason}; {each.otherwise}"
            left = Diagnostic(Severity.WARNING, each.path, told, each.line, each.column)
        else:
            refusals.append(Refusal(each.path, reason, each.line, each.column))
            left = refusals[-1].diagnostic()
        said[asked_diagnostic(each)] = [left]
    rest = tuple(each for each in agent.asked if each not in question.asked)
    agent = replace(agent, asked=rest, refusals=(*agent.refusals, *refusals))
    return _replaced(manifest, {**manifest.agents, agent.key: agent}, said)


def without_asking(manifest: Manifest) -> Manifest:
    """Return a manifest as it is where the sandbox must not be asked."""
    for question in of_parts(manifest):
        manifest = without(manifest, question, NOT_ASKED)
    agents = {key: _without_hooks(agent) for key, agent in manifest.agents.items()}
    said = {
        hook_diagnostic(hook): [_refused(hook).diagnostic()]
        for agent in manifest.agents.values()
        for hook in agent.hooks
    }
    return _replaced(manifest, agents, said)


def _without_hooks(agent: AgentSpec) -> AgentSpec:
    """Return an agent that is disabled if it has hooks, which nobody runs."""
    refused = tuple(map(_refused, agent.hooks))
    return replace(agent, hooks=(), refusals=(*agent.refusals, *refused)) if refused else agent


def _refused(hook: AgentHook) -> Refusal:
    return Refusal(hook.path, f"{HOOK_REASON}; {NOT_RUN}", hook.line, hook.column)


def with_schemas(
    manifest: Manifest, asked: Sequence[SchemaQuestion], answers: Sequence[ToldSchema]
) -> Manifest:
    """Return a manifest with the sandbox's answers; its diagnostics say so for each tool."""
    agents = dict(manifest.agents)
    said: dict[Diagnostic, list[Diagnostic]] = {}
    for question, answer in zip(asked, answers, strict=True):
        agent = agents[question.agent]
        tool, told = _told(agent.tools[question.tool], question.unread, answer)
        agent = replace(agent, tools={**agent.tools, question.tool: tool})
        agents[question.agent] = _asked_again(agent) if answer.not_loaded else agent
        said[question.unread.diagnostic()] = told
    return _replaced(manifest, agents, said)


def _asked_again(agent: AgentSpec) -> AgentSpec:
    """Return an agent that tells its tools in runs with variables, which may load the bundle."""
    if any(each.part is AgentPart.TOOLS for each in agent.asked):
        return agent
    path, reason = f"agents.{agent.key}.tools", "a load without variables does not tell them"
    part = AskedPart(AgentPart.TOOLS, path, reason, otherwise=_DISABLED, if_granted=True)
    return replace(agent, asked=(*agent.asked, part))


def _replaced(
    manifest: Manifest,
    agents: Mapping[str, AgentSpec],
    said: Mapping[Diagnostic, list[Diagnostic]],
    more: Iterable[Diagnostic] = (),
) -> Manifest:
    diagnostics = [each for old in manifest.diagnostics for each in said.get(old, [old])]
    there = set(manifest.diagnostics)
    lost = [each for old, new in said.items() if old not in there for each in new]
    diagnostics += [each for each in lost if each.severity is Severity.ERROR]  # never left out
    return replace(manifest, agents=agents, diagnostics=(*diagnostics, *more))


def _told(
    tool: ToolSpec, unread: UnreadSchema, answer: ToldSchema
) -> tuple[ToolSpec, list[Diagnostic]]:
    """Return the tool with its answer, and the diagnostics that replace its error."""
    if answer.not_loaded:
        reason = f"{unread.reason}; {answer.failure}; {_AGAIN}"
        lost = replace(unread.diagnostic(), severity=Severity.WARNING, reason=reason)
        return tool, [lost]
    if answer.read is None:
        return tool, [unread.diagnostic(answer.failure)]
    reason = f"{unread.reason}; the schema is the sandbox's word"
    info = replace(unread.diagnostic(), severity=Severity.INFO, reason=reason)
    more = [replace(info, severity=Severity.WARNING, reason=note) for note in answer.read.notes]
    return answer.read.of(tool), [info, *more]
