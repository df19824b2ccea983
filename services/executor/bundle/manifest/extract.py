"""From a program to a manifest: finds the agents and reads their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.other_files import (
    ONE_FILE,
    from_other_file,
    imports_of_files,
)
from services.executor.bundle.evaluate.values import Changed, Unsupported, Value
from services.executor.bundle.frameworks.construction import made_by
from services.executor.bundle.frameworks.containers import find_agents
from services.executor.bundle.frameworks.framework import FoundAgent, FoundAgents
from services.executor.bundle.frameworks.registry import is_brought
from services.executor.bundle.index.uses import Uses
from services.executor.bundle.manifest.agent_settings import read_metadata
from services.executor.bundle.manifest.exports import exports_of
from services.executor.bundle.manifest.extract_agent import read_agent
from services.executor.bundle.manifest.inner_agents import (
    refuse_unmade_handoffs,
    with_inner_agents,
)
from services.executor.bundle.manifest.load_reads import say_files_at_load, say_load_reads
from services.executor.bundle.manifest.local_agents import LocalAgent
from services.executor.bundle.manifest.no_agents import no_agents
from services.executor.bundle.manifest.own_runs import say_own_runs
from services.executor.bundle.manifest.unexported import Unexported, find_called, find_unexported
from services.executor.bundle.manifest.value_flow import changed_under_other_names
from services.executor.bundle.reach.tool_reach import ToolReach
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.syntax import Node, span
from services.executor.domain import (
    AgentSpec,
    BundleFormat,
    Json,
    Manifest,
)
from services.executor.errors import NoAgentsError

MAX_AGENTS = 200
MAX_ROUNDS = 8  # of agents that only others call
NOT_COPIED = (
    "which the sandbox would not do, since it makes the agent alone: construct it outside of "
    "functions, or export it"
)


def extract_manifest(
    digest: str,
    parsed: ParsedProgram,
    *,
    wrapper_metadata: Mapping[str, Json] | None = None,
) -> Manifest:
    """Return what the program declares.

    Args:
        digest: the bundle's, ``sha256:`` and hexadecimal digits.
        parsed: the program, unwrapped where it was wrapped.
        wrapper_metadata: the metadata of the wrapped form; None for other forms.

    Raises:
        NoAgentsError: no agent was found; the message lists the exports.
    """
    evaluator = Evaluator(parsed.tree)
    exports = exports_of(evaluator, is_module=parsed.is_module)
    found = find_agents(evaluator, exports.names)
    hidden = Unexported()
    if not found.agents and not found.unknown and wrapper_metadata is None:
        hidden = find_unexported(evaluator, parsed, exports.names)
        found = hidden.agents
    reading = _Reading(evaluator, parsed, Uses(parsed), ToolReach(parsed, is_brought))
    whole, diagnostics, agents = reading.read(found, hidden)
    for _ in range(MAX_ROUNDS):
        if not whole.wanted or len(whole.agents) >= MAX_AGENTS:
            break
        taken = {*exports.names, *(agent.key for agent in whole.agents)}
        told = len(evaluator.notes), len(evaluator.untold)
        more = find_called(evaluator, parsed, taken, whole.wanted)
        # What is told meanwhile is of whatever else the program constructs.
        del evaluator.notes[told[0] :], evaluator.untold[told[1] :]
        if not more.agents.agents:
            break
        called = (replace(agent, inner=True) for agent in more.agents.agents)
        found = FoundAgents((*found.agents, *called), found.metadata, found.unknown)
        hidden = hidden.joined(more)
        whole, diagnostics, agents = reading.read(found, hidden)
    found, reach = whole, reading.reach
    for left_out in found.agents[MAX_AGENTS:]:
        reason = f"it is left out: a bundle may declare {MAX_AGENTS} agents"
        diagnostics.error(f"agents.{left_out.key}", reason, left_out.node)
    for key, value in found.unknown:
        _unknown_agent(key, value, diagnostics)
    others = dict(imports_of_files(evaluator.root.scope.node)) if parsed.is_module else {}
    if not agents:
        refused = hidden.refused
        raise NoAgentsError(no_agents(evaluator, parsed, exports, found, tuple(others), refused))
    for specifier, node in others.items():
        diagnostics.error("", f"it imports `{specifier}`, and {ONE_FILE}", node)
    metadata = read_metadata(evaluator, found.metadata, "metadata", diagnostics)
    say_load_reads(reach, diagnostics)
    say_files_at_load(reach, diagnostics)
    for untold in evaluator.untold:
        untold.tell()
    for reason, node in evaluator.notes:
        diagnostics.info("", reason, node)
    refuse_unmade_handoffs(agents, diagnostics)
    form = exports.format if wrapper_metadata is None else BundleFormat.WRAPPED
    return Manifest(
        digest,
        form,
        agents,
        {**metadata, **(wrapper_metadata or {})},
        diagnostics.sorted(),
        insertions=hidden.insertions,
    )


class _Reading:
    """Reads all agents of a program, as often as more of them are found."""

    def __init__(
        self, evaluator: Evaluator, parsed: ParsedProgram, uses: Uses, reach: ToolReach
    ) -> None:
        self._evaluator = evaluator
        self._parsed = parsed
        self._uses = uses
        self.reach = reach

    def read(
        self, found: FoundAgents, hidden: Unexported
    ) -> tuple[FoundAgents, Diagnostics, dict[str, AgentSpec]]:
        """Return all agents, those by key that are read, and what is told of them."""
        evaluator, parsed, uses = self._evaluator, self._parsed, self._uses
        diagnostics = Diagnostics()
        agents: dict[str, AgentSpec] = {}
        changes_of = partial(_changes, evaluator, parsed, uses)
        found, changed_agents = with_inner_agents(evaluator, found, changes_of, MAX_AGENTS)
        for agent in found.agents[:MAX_AGENTS]:
            changes, changed = changed_agents[agent.key]
            say_own_runs(evaluator, parsed, uses, self.reach, agent, diagnostics)
            lost = _lost(hidden.copies.get(agent.key), changes)
            if lost is not None:
                reason = f"it is changed in line {span(lost).line}, {NOT_COPIED}"
                diagnostics.refuse(f"agents.{agent.key}", reason, lost)
            agents[agent.key] = read_agent(evaluator, self.reach, changed, found, diagnostics)
        return found, diagnostics, agents


def _changes(evaluator: Evaluator, parsed: ParsedProgram, uses: Uses, agent: FoundAgent) -> Changed:
    """Return what is set on an agent under other names than its own."""
    nodes = [each for each in made_by(evaluator, agent.value) if each._start is not None]
    return Changed((), agent.node, changed_under_other_names(evaluator, parsed, uses, nodes))


def _lost(copy: LocalAgent | None, changes: Changed) -> Node | None:
    """Return a change that what makes an agent for the sandbox does not do."""
    if copy is None:
        return None
    return next((node for node in changes.uncertain.values() if not copy.does(node)), None)


def _unknown_agent(key: str, value: Value, diagnostics: Diagnostics) -> None:
    if isinstance(value, Unsupported):
        reason = value.reason
    else:
        reason = from_other_file(value) or (
            "it is not an agent Caisson understands, such as `createAgent({model, system, tools})`"
        )
    diagnostics.error(f"agents.{key}", reason, value.node)
