"""The RPCs for deployed agents, over grpc.aio."""

from __future__ import annotations

from caisson.executor.v1beta1 import agent_service_pb2 as pb
from services.executor.access.principal import PRINCIPAL, Scope
from services.executor.access_errors import ForbiddenError
from services.executor.adapters.rpc_methods import RequestBytes
from services.executor.admission import Admission, AnyContext
from services.executor.audit.entries import Action, by_caller, refused
from services.executor.audit.ports import AuditTrail
from services.executor.clients import CALLER, Client
from services.executor.registry.registry import AgentRegistry
from services.executor.registry.wire import (
    MAX_PAGE_BYTES,
    from_approve,
    from_delete_agent,
    from_deploy_request,
    from_get_agent,
    from_list_agents,
    from_list_versions,
    from_set_label,
    to_agent,
    to_agents_response,
    to_difference,
    to_version,
    to_versions_response,
)
from services.executor.side_thread import SIDE
from services.executor.wire.page_tokens import PageTokens

MAY_NOT_APPROVE = (
    "Your roles do not let you approve what an agent may reach. Leave `approve_reach` out, and ask "
    "an approver to approve the version."
)


class AgentService:
    """Deploys, lists, approves, labels and deletes agents of the caller's organisation."""

    def __init__(
        self,
        registry: AgentRegistry,
        admission: Admission,
        tokens: PageTokens,
        trail: AuditTrail,
    ) -> None:
        self._trail = trail
        self._registry = registry
        self._admission = admission
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"AgentService({self._registry!r})"

    async def DeployBundle(  # noqa: N802 - the name is the protocol's
        self, request: RequestBytes, context: AnyContext
    ) -> None:
        """Answer with a new version, or what it would be."""
        admission, size = self._admission, len(request)
        work = self._deploy(request, CALLER.get())
        del request  # else its bundle would be held until the answer is read
        await admission.answer(context, work, admission.runs, size)

    async def ListAgents(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListAgentsRequest, context: AnyContext
    ) -> None:
        """Answer with agents, by name."""
        await self._admission.answer(context, self._agents(request), self._admission.quick)

    async def GetAgent(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetAgentRequest, context: AnyContext
    ) -> None:
        """Answer with an agent."""
        await self._admission.answer(context, self._get(request), self._admission.quick)

    async def ListVersions(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListVersionsRequest, context: AnyContext
    ) -> None:
        """Answer with versions, the newest first."""
        await self._admission.answer(context, self._versions(request), self._admission.quick)

    async def ApproveReach(  # noqa: N802 - the name is the protocol's
        self, request: pb.ApproveReachRequest, context: AnyContext
    ) -> None:
        """Approve what a version may reach."""
        await self._admission.answer(context, self._approve(request), self._admission.quick)

    async def SetLabel(  # noqa: N802 - the name is the protocol's
        self, request: pb.SetLabelRequest, context: AnyContext
    ) -> None:
        """Point a label at a version."""
        await self._admission.answer(context, self._label(request), self._admission.quick)

    async def DeleteAgent(  # noqa: N802 - the name is the protocol's
        self, request: pb.DeleteAgentRequest, context: AnyContext
    ) -> None:
        """Delete a version or an agent."""
        await self._admission.answer(context, self._delete(request), self._admission.quick)

    async def _deploy(self, request: RequestBytes, client: Client) -> pb.DeployBundleResponse:
        async with self._admission.while_not_aborted():
            asked = await request.read(from_deploy_request)
            del request
            who = PRINCIPAL.get()
            if asked.approves and Scope.AGENTS_APPROVE not in who.scopes:
                self._trail.count(refused(by_caller(Action.REACH_APPROVED, "")))
                raise ForbiddenError(MAY_NOT_APPROVE)
            found = await self._registry.deploy(asked, who.subject, client)
        version = found.version
        if not asked.validate_only:
            approved = str(bool(version.approved_ns)).lower()
            known = {"digest": version.new.digest, "approved": approved}
            self._record(Action.AGENT_DEPLOYED, version.pinned, **known)
        return pb.DeployBundleResponse(
            version=to_version(version),
            difference=to_difference(found.before, found.changes, found.wider),
        )

    async def _agents(self, request: pb.ListAgentsRequest) -> pb.ListAgentsResponse:
        organisation = CALLER.get().organisation
        page = from_list_agents(request, organisation, self._tokens)
        rows = await self._registry.store.agents(organisation, page.after, page.size + 1)
        return to_agents_response(rows, page, self._tokens)

    async def _get(self, request: pb.GetAgentRequest) -> pb.GetAgentResponse:
        organisation, name = CALLER.get().organisation, from_get_agent(request)
        row = await self._registry.store.agent(organisation, name)
        return pb.GetAgentResponse(agent=to_agent(row))

    async def _versions(self, request: pb.ListVersionsRequest) -> pb.ListVersionsResponse:
        organisation, store = CALLER.get().organisation, self._registry.store
        page = from_list_versions(request, organisation, self._tokens)
        await store.agent(organisation, page.name)  # there may be one without versions
        rows = await store.versions(organisation, page.name, page.before, page.size + 1)
        shown = to_versions_response(rows, page, self._tokens)
        return await SIDE.run_steps(MAX_PAGE_BYTES, shown)

    async def _approve(self, request: pb.ApproveReachRequest) -> pb.ApproveReachResponse:
        asked, by = from_approve(request), PRINCIPAL.get().subject
        row = await self._registry.store.approve(
            CALLER.get().organisation, asked.name, asked.version, by
        )
        self._record(Action.REACH_APPROVED, row.pinned, digest=row.new.digest)
        return pb.ApproveReachResponse(version=to_version(row))

    async def _label(self, request: pb.SetLabelRequest) -> pb.SetLabelResponse:
        change = from_set_label(request, PRINCIPAL.get().subject)
        row = await self._registry.store.set_label(CALLER.get().organisation, change)
        known = {"version": str(change.version), "percent": str(change.percent)}
        self._record(Action.AGENT_LABELLED, f"{change.name}@{change.label}", **known)
        return pb.SetLabelResponse(agent=to_agent(row))

    async def _delete(self, request: pb.DeleteAgentRequest) -> pb.DeleteAgentResponse:
        asked = from_delete_agent(request)
        await self._registry.store.delete(
            CALLER.get().organisation, asked.name, asked.version, asked.expected
        )
        which = f"@{asked.version}" if asked.version else ""
        self._record(Action.AGENT_DELETED, f"{asked.name}{which}")
        return pb.DeleteAgentResponse()

    def _record(self, action: Action, target: str, **detail: str) -> None:
        self._trail.record(by_caller(action, target, **detail))
