"""Finds the version that a run is on, its bundle, and what it may reach."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from services.executor.access.principal import Scope
from services.executor.access_errors import (
    BundleNotAllowedError,
    DeploymentNotFoundError,
    ForbiddenError,
)
from services.executor.agent.planner import Planner
from services.executor.agent_names import AgentRef, parse_ref
from services.executor.clients import Client
from services.executor.conversation import SessionKey
from services.executor.domain import InlineBundle
from services.executor.egress.version_reach import PinnedVersion
from services.executor.errors import FieldViolation
from services.executor.registry.picking import place_of
from services.executor.registry.ports import AgentStore, Programs
from services.executor.registry.reach_wire import recorded_reach
from services.executor.registry.rows import VersionRow
from services.executor.run_request import RunRequest

MAX_KEPT_BYTES: Final = 64 * 1024 * 1024
ONLY_DEPLOYED: Final = (
    "This deployment runs only deployed agents (CAISSON_EXECUTOR_BUNDLES=deployed)."
)


class DeployedRuns:
    """Makes requests by reference requests for a bundle, with a planner that its reach bounds.

    Args:
        store: has the agents.
        programs: keeps their bundles.
        any_bundle: whether requests may bring bundles of their own.
    """

    def __init__(self, store: AgentStore, programs: Programs, *, any_bundle: bool = True) -> None:
        self._store = store
        self._programs = programs
        self._any_bundle = any_bundle
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0

    def __repr__(self) -> str:
        return f"DeployedRuns(kept={len(self._kept)}, any_bundle={self._any_bundle})"

    async def resolved(
        self, request: RunRequest, planner: Planner, client: Client
    ) -> tuple[RunRequest, Planner]:
        """Return a request with its bundle, and the planner for it.

        Raises:
            BundleNotAllowedError: only deployed agents run here.
            DeploymentNotFoundError: there is no such agent, version or label.
            ReachNotApprovedError: nobody approved what the version may reach.
            DatabaseError: the database cannot be used.
        """
        ref = request.deployed
        if ref is None:
            if not self._any_bundle:
                message = (
                    f"{ONLY_DEPLOYED} Set `spec.deployed`, such as weather@production, instead of "
                    "`spec.bundle`."
                )
                violation = FieldViolation("spec.bundle", message)
                raise BundleNotAllowedError(message, violations=(violation,))
            return request, planner
        place, session = _place(request, ref, client)
        version = await self._store.resolve(client.organisation, ref, session, place)
        source = await self._source(version)
        bounded = planner.within(pinned(version))
        return replace(request, bundle=InlineBundle(source)), bounded

    def check_may_load(self, scopes: frozenset[Scope]) -> None:
        """Check that somebody may have the code of any bundle run to look at its agents.

        Whoever deploys agents may, and whoever may run bundles.

        Raises:
            ForbiddenError: they may neither run nor deploy agents.
            BundleNotAllowedError: only deployed agents run here, and they deploy none.
        """
        if Scope.AGENTS_DEPLOY in scopes:
            return
        if Scope.RUNS_EXECUTE not in scopes:
            message = (
                "With `resolve` the sandbox runs the bundle, which needs the scope runs.execute or "
                "agents.deploy. Leave it out to read the bundle without running it."
            )
            raise ForbiddenError(message, violations=(FieldViolation("resolve", message),))
        if not self._any_bundle:
            message = (
                f"{ONLY_DEPLOYED} With `resolve` the sandbox would run another bundle, which needs "
                "the scope agents.deploy."
            )
            raise BundleNotAllowedError(message, violations=(FieldViolation("resolve", message),))

    async def pinned(self, organisation: str, deployed: str) -> PinnedVersion:
        """Return a version that a run is on already, even if it was deleted meanwhile.

        Raises as ``resolved``.
        """
        ref = parse_ref(deployed)
        return pinned(await self._store.version(organisation, ref.name, ref.version))

    async def _source(self, version: VersionRow) -> bytes:
        digest = version.new.digest
        if digest in self._kept:
            self._kept.move_to_end(digest)
            return self._kept[digest]
        source = await self._programs.program(digest)
        if source is None:
            raise DeploymentNotFoundError(f'The bundle of "{version.pinned}" is not stored.')
        if digest not in self._kept and len(source) <= MAX_KEPT_BYTES:
            self._kept[digest] = source
            self._kept_bytes += len(source)
            while self._kept_bytes > MAX_KEPT_BYTES:
                _, dropped = self._kept.popitem(last=False)
                self._kept_bytes -= len(dropped)
        return source


def pinned(version: VersionRow) -> PinnedVersion:
    """Return a version as runs have it; raises ReachNotApprovedError if it is not understood."""
    return PinnedVersion(version.pinned, recorded_reach(version.new.reach, version.pinned))


def _place(request: RunRequest, ref: AgentRef, client: Client) -> tuple[float, SessionKey | None]:
    """Return where a run is among those that a canary gets a part of, and its session.

    Runs of one session are at the same place, and so is a request that is sent again.
    """
    if request.session_id:
        session = request.session(client.organisation)
        about = ("session", session.resource_id, session.session_id)
        return place_of(client.organisation, ref.name, *about), session
    if request.request_id:
        about = ("request", client.host, request.request_id)
        return place_of(client.organisation, ref.name, *about), None
    return place_of(client.organisation, ref.name, secrets.token_hex(16)), None
