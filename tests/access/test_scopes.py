"""The table from RPCs to scopes, and from roles to scopes."""

from __future__ import annotations

from services.executor.access.methods import SCOPES
from services.executor.access.principal import SCOPES_OF, Role, Scope
from services.executor.server import SERVICES

METHODS = {
    f"/{service.full_name}/{method.name}" for service in SERVICES for method in service.methods
}


def test_every_rpc_has_its_row() -> None:
    assert SCOPES.keys() >= METHODS
    assert all(SCOPES[method] is not None for method in METHODS)
    known = {method for method, scope in SCOPES.items() if scope is not None}
    assert known == METHODS


def test_every_scope_is_given_and_deployers_approve_nothing() -> None:
    assert SCOPES_OF[Role.OWNER] == set(Scope)
    assert Scope.AGENTS_APPROVE not in SCOPES_OF[Role.DEPLOYER]
    assert Scope.AGENTS_DEPLOY not in SCOPES_OF[Role.APPROVER]
    assert all(Scope.KEYS_MANAGE not in SCOPES_OF[role] for role in Role if role != Role.OWNER)
