"""The plan of a run: everything decided before its first query."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from services.executor.agent.approvals import Approvals
from services.executor.agent.budget import Budget
from services.executor.agent.model_grant import QueryRules
from services.executor.agent.output_schema import OutputSchema
from services.executor.agent.tool_inputs import AgentTools
from services.executor.agent.working_memory import own_tools
from services.executor.agent_parts import AgentPart
from services.executor.clients import Client
from services.executor.conversation import (
    Message,
    ModelRoute,
    Price,
    SessionKey,
    SessionPolicy,
    UserMessage,
)
from services.executor.domain import AgentSpec, Bundle, Diagnostic, JsonObject, ToolSpec
from services.executor.egress.version_reach import PinnedVersion


@dataclass(frozen=True)
class UnknownParts:
    """Parts of an agent that a run asks of the sandbox before its first query.

    ``fresh`` wants a load that is not old. ``planned`` takes the answer, JSON text of an untrusted
    bundle, and returns the run's plan; it raises what planning raises, and AgentUnresolvedError.
    """

    parts: tuple[AgentPart, ...]
    fresh: bool
    planned: Callable[[str], Awaitable[RunPlan]]


@dataclass(frozen=True)
class RunPlan:
    """Everything decided before the first query.

    Attributes:
        client: the client that the run's resources count for.
        models: the models to try, in order; at least one.
        prices: their prices by name, if the cost is limited.
        since: messages after ``message``, from before this run.
        history: messages before ``message``, if the client keeps the conversation.
        request_id: the client's own id of its request.
        session: None if the conversation has one run, or the client keeps it.
        session_policy: what to do when another run of the session is active.
        context: the runtime context passed to the tools.
        allow_fetch: rules that narrow the deployment's fetch rules.
        env: plain values of the run's own environment.
        granted_as: key of the agent whose grants count: that which handed over to this one, at
            first hand or before; empty for its own.
        is_granted: whether the run's code sees any variable of the environment: that of its own
            agent, for all agents of the run.
        output: the schema of the answer; None for free text.
        served: takes the tools of the agent's MCP servers by key, and returns the plan with them;
            None for an agent without servers. It raises what planning raises.
        notes: what the sandbox's answer leaves out of the agent.
        route_of: returns the models to try, in order, for a name that a hook chooses.
        schema_of: returns the JSON Schema of an answer of the sandbox, for models; raises
            UnreadableSchemaError.
        plan_other: returns the plan of another agent of the bundle, by its key, for the same
            request; raises what planning raises.
        reaches_code: whether an agent that it hands over to, at first or second hand, has any.
        follows: whether a session goes on with the agent that spoke last.
        asks_models: whether tools may ask models.
        tool_queries: what they may ask; None until the plan is whole, and where they may not.
        approvals: which calls wait for a person, beside those that the bundle names.
        unknown: what of the agent must be asked first; the plan lacks tools and models until then.
        version: the deployed version that it is on; None for a bundle.
        plan_callee: the same for an agent that is called as a tool; None where none can be called.
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
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    granted_as: str = ""
    is_granted: bool = False
    output: OutputSchema | None = None
    since: tuple[Message, ...] = ()
    history: tuple[Message, ...] = ()
    request_id: str = ""
    route_of: Callable[[str], tuple[ModelRoute, ...]] | None = None
    schema_of: Callable[[str], Awaitable[JsonObject]] | None = None
    plan_other: Callable[[str], Awaitable[RunPlan]] | None = None
    reaches_code: bool = False
    follows: bool = False
    unknown: UnknownParts | None = None
    notes: tuple[Diagnostic, ...] = ()
    plan_callee: Callable[[str], Awaitable[RunPlan]] | None = None
    asks_models: bool = False
    tool_queries: QueryRules | None = None
    approvals: Approvals = field(default_factory=Approvals)
    version: PinnedVersion | None = None
    served: Callable[[Mapping[str, ToolSpec]], Awaitable[RunPlan]] | None = None

    @property
    def needs_sandbox(self) -> bool:
        """Whether anything of the bundle may run during the loop."""
        offered = self.tools.offered
        here = [key for key, tool in offered.items() if not tool.client_side]
        own = own_tools(self.agent, here)
        return bool(own or self.agent.hooks or self.reaches_code)
