"""Which scope each RPC needs: the one table of it."""

from __future__ import annotations

from typing import Final

from services.executor.access.principal import Scope

_EXECUTOR: Final = "/caisson.executor.v1.ExecutorService/"
_SESSIONS: Final = "/caisson.executor.v1.SessionService/"
_ADMIN: Final = "/caisson.executor.v1beta1.AdminService/"
_AGENTS: Final = "/caisson.executor.v1beta1.AgentService/"
_CHANNELZ: Final = "/grpc.channelz.v1.Channelz/"
_REFLECTION: Final = "ServerReflection/ServerReflectionInfo"

DEBUG_PAGES: Final = "/debug"
"""Stands for the debug pages of the admin port, which are no RPCs."""
CHANNELZ_METHODS: Final = (
    *("GetTopChannels", "GetServers", "GetServer", "GetServerSockets"),
    *("GetChannel", "GetSubchannel", "GetSocket"),
)
OPEN: Final = None
"""Needs no credential: health, for probes, and the description of what is public anyway."""

SCOPES: Final[dict[str, Scope | None]] = {
    f"{_EXECUTOR}ExecuteAgent": Scope.RUNS_EXECUTE,
    f"{_EXECUTOR}CreateRun": Scope.RUNS_EXECUTE,
    f"{_EXECUTOR}SubscribeRun": Scope.RUNS_READ,
    f"{_EXECUTOR}GetRun": Scope.RUNS_READ,
    f"{_EXECUTOR}ListRuns": Scope.RUNS_READ,
    f"{_EXECUTOR}ReadCalls": Scope.RUNS_READ,
    f"{_EXECUTOR}CancelRun": Scope.RUNS_MANAGE,
    f"{_EXECUTOR}DeleteRun": Scope.RUNS_MANAGE,
    f"{_EXECUTOR}ListInputs": Scope.RUNS_READ,
    f"{_EXECUTOR}AnswerInput": Scope.INPUTS_ANSWER,
    f"{_EXECUTOR}InspectBundle": Scope.BUNDLES_INSPECT,
    f"{_EXECUTOR}GetServerInfo": Scope.SERVER_READ,
    f"{_SESSIONS}ListSessions": Scope.SESSIONS_READ,
    f"{_SESSIONS}GetSession": Scope.SESSIONS_READ,
    f"{_SESSIONS}ListMessages": Scope.SESSIONS_READ,
    f"{_SESSIONS}DeleteSession": Scope.SESSIONS_MANAGE,
    f"{_ADMIN}CreateKey": Scope.KEYS_MANAGE,
    f"{_ADMIN}ListKeys": Scope.KEYS_MANAGE,
    f"{_ADMIN}RevokeKey": Scope.KEYS_MANAGE,
    f"{_AGENTS}DeployBundle": Scope.AGENTS_DEPLOY,
    f"{_AGENTS}ListAgents": Scope.AGENTS_READ,
    f"{_AGENTS}GetAgent": Scope.AGENTS_READ,
    f"{_AGENTS}ListVersions": Scope.AGENTS_READ,
    f"{_AGENTS}ApproveReach": Scope.AGENTS_APPROVE,
    f"{_AGENTS}SetLabel": Scope.AGENTS_DEPLOY,
    f"{_AGENTS}DeleteAgent": Scope.AGENTS_DEPLOY,
    DEBUG_PAGES: Scope.SERVER_OPERATE,
    **{f"{_CHANNELZ}{name}": Scope.SERVER_OPERATE for name in CHANNELZ_METHODS},
    "/grpc.health.v1.Health/Check": OPEN,
    "/grpc.health.v1.Health/List": OPEN,
    "/grpc.health.v1.Health/Watch": OPEN,
    f"/grpc.reflection.v1.{_REFLECTION}": OPEN,
    f"/grpc.reflection.v1alpha.{_REFLECTION}": OPEN,
}
