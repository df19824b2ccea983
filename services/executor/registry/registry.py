"""Deploys bundles, and changes what is deployed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from services.executor.access_errors import DeploymentNotFoundError
from services.executor.agent.approvals import Approvals
from services.executor.agent.model_names import models_of
from services.executor.agent.ports import BundleSourceReader
from services.executor.clients import Client
from services.executor.domain import Bundle, InlineBundle
from services.executor.errors import ExecutorError, FieldViolation, RequestError
from services.executor.registry.checking import check_agents
from services.executor.registry.difference import Change, Subject, changes_of, cut
from services.executor.registry.ports import AgentStore, Programs
from services.executor.registry.reach_wire import recorded_reach, widened_of
from services.executor.registry.rows import NewVersion, VersionRow
from services.executor.registry.wire import AskedDeployment
from services.executor.schemas.ports import SchemaProcesses
from services.executor.side_thread import SIDE


@dataclass(frozen=True)
class Deployed:
    """A version, and how it differs from ``before``, the one before; 0 for none."""

    version: VersionRow
    before: int
    changes: tuple[Change, ...]
    wider: tuple[str, ...]


class AgentRegistry:
    """Makes versions of agents.

    Args:
        store: has the agents.
        programs: keeps their bundles.
        bundles: reads them.
        schemas: check the schemas of approval rules.
    """

    def __init__(
        self,
        store: AgentStore,
        programs: Programs,
        bundles: BundleSourceReader,
        schemas: SchemaProcesses,
    ) -> None:
        self.store = store
        self._programs = programs
        self._bundles = bundles
        self._schemas = schemas

    def __repr__(self) -> str:
        return f"AgentRegistry({self.store!r})"

    async def deploy(self, asked: AskedDeployment, by: str, client: Client) -> Deployed:
        """Make the next version of an agent, or only tell what it would be.

        Args:
            asked: what to deploy.
            by: who deploys it.
            client: whose agent it is.

        Raises:
            BundleError: the bundle cannot be used, or its agents cannot all run.
            RequestError: an approval rule has a schema of no use.
            VersionChangedError: the newest version is not the expected one.
            LimitError: there are too many agents or versions.
        """
        bundle = await self._bundles.read(asked.source, client)
        keys = check_agents(bundle.manifest)
        reach = asked.reach_with(models_of(bundle.manifest.agents.values()))
        await self._check_rules(reach, client)
        organisation, digest = client.organisation, bundle.manifest.digest
        new = NewVersion(asked.name, digest, keys, reach, by, approves=asked.approves)
        before = await self._newest(organisation, asked.name)
        changes = () if before is None else await self._changes(before, bundle, client)
        approved = await self.store.approved_reach(organisation, asked.name)
        wider = widened_of(approved, reach)
        if asked.validate_only:
            version = VersionRow(new, (before.version if before else 0) + 1, wider, created_ns=0)
        else:
            await self._programs.keep_program(digest, bundle.sent)
            version = await self.store.deploy(organisation, new, widened_of, asked.expected)
        return Deployed(version, before.version if before else 0, changes, wider)

    async def _newest(self, organisation: str, name: str) -> VersionRow | None:
        try:
            found = await self.store.versions(organisation, name, 0, 1)
        except DeploymentNotFoundError:
            return None
        return found[0] if found else None

    async def _changes(
        self, before: VersionRow, bundle: Bundle, client: Client
    ) -> tuple[Change, ...]:
        if before.new.digest == bundle.manifest.digest:
            return ()
        source = await self._programs.program(before.new.digest)
        try:
            if source is None:
                raise RequestError("Its bundle is not there.")
            old = await self._bundles.read(InlineBundle(source), client)
        except ExecutorError as error:
            why = cut(f"{before.pinned} cannot be compared: {error}")
            return (Change(Subject.AGENT, "", why, ""),)
        size = len(source) + len(bundle.sent)
        found = await SIDE.run(size, partial(changes_of, old.manifest, bundle.manifest))
        return tuple(found)

    async def _check_rules(self, reach: bytes, client: Client) -> None:
        rules = recorded_reach(reach, "the new version").approvals
        try:
            await Approvals.made(rules, self._schemas, client, 0.0)
        except ValueError as error:
            message = f"The approval rule {error}"
            field = FieldViolation("reach.approvals", message)
            raise RequestError(message, violations=(field,)) from None
