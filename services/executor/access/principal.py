"""Who asks: made from the credential of a request, never from what the request says."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Scope(Enum):
    """What a caller may do; every RPC needs one, see ``methods``."""

    RUNS_EXECUTE = "runs.execute"
    RUNS_READ = "runs.read"
    RUNS_MANAGE = "runs.manage"
    INPUTS_ANSWER = "inputs.answer"
    SESSIONS_READ = "sessions.read"
    SESSIONS_MANAGE = "sessions.manage"
    BUNDLES_INSPECT = "bundles.inspect"
    AGENTS_READ = "agents.read"
    AGENTS_DEPLOY = "agents.deploy"
    AGENTS_APPROVE = "agents.approve"
    KEYS_MANAGE = "keys.manage"
    QUOTAS_READ = "quotas.read"
    AUDIT_READ = "audit.read"
    SERVER_READ = "server.read"
    SERVER_OPERATE = "server.operate"


class Role(Enum):
    """A named set of scopes, as keys, tokens and rules of certificates give them."""

    OWNER = "owner"
    DEPLOYER = "deployer"
    APPROVER = "approver"
    INVOKER = "invoker"
    VIEWER = "viewer"
    SERVICE = "service"
    OPERATOR = "operator"


ROLES: Final = {role.value: role for role in Role}
"""Roles by their names."""
SCOPES: Final = {scope.value: scope for scope in Scope}
"""Scopes by their names."""

_READS = frozenset(
    {
        *(Scope.RUNS_READ, Scope.SESSIONS_READ, Scope.AGENTS_READ),
        *(Scope.BUNDLES_INSPECT, Scope.QUOTAS_READ, Scope.SERVER_READ),
    }
)
_INVOKES = frozenset(
    {
        *(Scope.RUNS_EXECUTE, Scope.RUNS_READ, Scope.RUNS_MANAGE, Scope.SESSIONS_READ),
        *(Scope.SESSIONS_MANAGE, Scope.BUNDLES_INSPECT, Scope.AGENTS_READ, Scope.SERVER_READ),
    }
)
SCOPES_OF: Final[dict[Role, frozenset[Scope]]] = {
    Role.OWNER: frozenset(Scope) - {Scope.SERVER_OPERATE},
    Role.DEPLOYER: _READS | {Scope.AGENTS_DEPLOY},
    Role.APPROVER: _READS | {Scope.AGENTS_APPROVE, Scope.INPUTS_ANSWER},
    Role.INVOKER: _INVOKES,
    Role.VIEWER: _READS,
    # A backend that runs agents for its users, and passes on their answers.
    Role.SERVICE: _INVOKES | {Scope.INPUTS_ANSWER},
    # Whoever looks after the executor, whose pages tell of every organisation.
    Role.OPERATOR: frozenset({Scope.SERVER_READ, Scope.SERVER_OPERATE}),
}
"""Which scopes a role has; deployers lack ``agents.approve``, so that two people decide."""


@dataclass(frozen=True)
class Principal:
    """Somebody who asks.

    Attributes:
        organisation: whose everything is that it makes; empty where nobody says who they are.
        subject: who it is within the organisation: a user, a service, or a key's name.
        roles: its roles.
        scopes: what it may do.
        key_id: id of its API key; empty for a token, or for a certificate, which is renewed often.
        resource_id: the only resource whose runs and sessions it sees; None for all of them.
        expires_ns: when its API key expires, since 1970; 0 for never, and where it has none.
    """

    organisation: str
    subject: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    key_id: str = ""
    resource_id: str | None = None
    expires_ns: int = 0


def scopes_of(roles: frozenset[Role], narrowed: frozenset[Scope] | None = None) -> frozenset[Scope]:
    """Return the scopes of some roles, only those of ``narrowed`` if that is given."""
    granted = frozenset(scope for role in roles for scope in SCOPES_OF[role])
    return granted if narrowed is None else granted & narrowed


NOBODY: Final = Principal("", "", frozenset({Role.OWNER}), frozenset(Scope))
"""Every caller, where no credential is configured."""

PRINCIPAL: Final[ContextVar[Principal]] = ContextVar("principal", default=NOBODY)
"""Who sent the request that is being worked on; tasks inherit it."""
