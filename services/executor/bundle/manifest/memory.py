"""What an agent remembers of earlier runs, in the manifest's form."""

from __future__ import annotations

import json

from services.executor.agent_memory import AgentMemory, WorkingMemory
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.frameworks.framework import FoundAgent, FoundWorkingMemory
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.registry import SCHEMA_WRAPPERS
from services.executor.bundle.manifest.unread_parts import is_empty
from services.executor.bundle.schema.input_schema import read_schema
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.diagnostics import Diagnostics

_NOBODY = (
    "calls of all tools need a person's approval, also of the one that keeps working memory, and "
    "nobody can be asked"
)


def read_memory(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> AgentMemory | None:
    """Return an agent's memory, None without one; one that cannot be honoured disables it."""
    if agent.framework.notes is None:
        _say_lost(evaluator, agent, path, diagnostics)
        return None
    found = agent.framework.memory(evaluator, agent, path, diagnostics)
    if found is None:
        return None
    if found.working is None:
        return AgentMemory(found.last_messages)
    approvals = part(evaluator, agent.settings, *agent.framework.agents.approval_keys)
    if approvals is not None and not is_empty(evaluator.forced(approvals)):
        diagnostics.refuse(found.working.path, _NOBODY, approvals.node)
    return AgentMemory(found.last_messages, _working(evaluator, found.working, diagnostics))


def _say_lost(evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics) -> None:
    """Say that a memory is lost whose agent is of a framework without one."""
    given = part(evaluator, (*agent.config, *agent.settings), "memory")
    if given is not None and not is_empty(evaluator.forced(given)):
        reason = f"agents of {agent.framework.label} have none: what it says is lost"
        diagnostics.warning(f"{path}.memory", reason, given.node)


def _working(
    evaluator: Evaluator, found: FoundWorkingMemory, diagnostics: Diagnostics
) -> WorkingMemory:
    if found.schema is None:
        return WorkingMemory(found.scope, found.template)
    try:
        schema = read_schema(evaluator, found.schema, SCHEMA_WRAPPERS).schema
    except UnreadableSchemaError as error:
        where = f"{found.path}.schema{error.path}"
        reason = f"the form of its working memory is not known: {error.reason}"
        diagnostics.refuse(where, reason, error.node or found.schema.node)
        return WorkingMemory(found.scope)
    return WorkingMemory(found.scope, schema_json=json.dumps(schema, ensure_ascii=False))
