"""The plan of a run: everything decided before its first query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.agent.budget import Budget
from services.executor.agent.output_schema import OutputSchema
from services.executor.agent.tool_inputs import AgentTools
from services.executor.clients import Client
from services.executor.conversation import (
    Message,
    ModelRoute,
    Price,
    SessionKey,
    SessionPolicy,
    UserMessage,
)
from services.executor.domain import AgentSpec, Bundle, JsonObject


@dataclass(frozen=True)
class RunPlan:
    """Everything decided before the first query.

    Attributes:
        client: whose share everything of the run counts for.
        models: whom to ask, the next when the one before cannot answer; at least one.
        prices: what they cost, by name, where the cost is limited.
        since: what has followed on ``message`` before this run.
        history: what was said before ``message``, where the client keeps the conversation.
        request_id: the client's own id of its request.
        session: None for a conversation of one run, or one that the client keeps.
        session_policy: what to do when another run of the session is going on.
        context: the runtime context that the tools are given.
        allow_fetch: what narrows the deployment's fetch rules.
        output: what the answer has to fit; None for free text.
    """

    run_id: str
    client: Client
    bundle: Bundle
    agent: AgentSpec
    tools: AgentTools
    models: tuple[ModelRoute, ...]
    budget: Budget
    message: UserMessage
    session: SessionKey | None
    context: JsonObject
    prices: Mapping[str, Price | None] = field(default_factory=dict)
    session_policy: SessionPolicy = SessionPolicy.REJECT
    allow_fetch: tuple[str, ...] | None = None
    output: OutputSchema | None = None
    since: tuple[Message, ...] = ()
    history: tuple[Message, ...] = ()
    request_id: str = ""
