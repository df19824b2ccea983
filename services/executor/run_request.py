"""What is asked of a run, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.agent_names import AgentRef
from services.executor.call_rules import ApprovalRule, ClientTool
from services.executor.conversation import ContentPart, Message, SessionKey, SessionPolicy
from services.executor.domain import BundleSource, Json, JsonObject
from services.executor.limits import RunLimits


@dataclass(frozen=True)
class RunRequest:
    """A request for one run, checked; empty strings stand for what the request leaves out.

    The user said ``message`` and ``parts`` last. Of a conversation that the client keeps,
    ``history`` is what was said before, and ``since`` what has followed in the same exchange. A
    run that goes on has its ``run_id``. That of a ``deployed`` agent has an empty bundle, until it
    is known which version it is on.
    """

    bundle: BundleSource
    message: str
    parts: tuple[ContentPart, ...] = ()
    history: tuple[Message, ...] = ()
    since: tuple[Message, ...] = ()
    request_id: str = ""
    run_id: str = ""
    agent: str = ""
    agent_arguments: tuple[Json, ...] | None = None
    session_id: str = ""
    resource_id: str = ""
    request_context: Mapping[str, Json] = field(default_factory=dict)
    session_policy: SessionPolicy = SessionPolicy.REJECT
    model: str = ""
    fallback_models: tuple[str, ...] = ()
    output_schema: JsonObject | None = None
    limits: RunLimits = field(default_factory=RunLimits)
    allow_fetch: tuple[str, ...] | None = None  # narrows the deployment's rules; None does not
    allow_models: bool | None = None  # None: as the deployment says
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    client_tools: tuple[ClientTool, ...] = ()
    approvals: tuple[ApprovalRule, ...] = ()
    deployed: AgentRef | None = None

    def session(self, organisation: str) -> SessionKey:
        """Return the conversation that it names, as one of an organisation's."""
        return SessionKey(self.resource_id, self.session_id, organisation)
