"""The table from RPCs to scopes, and from roles to scopes."""

from __future__ import annotations

from services.executor.access.methods import DEBUG_PAGES, SCOPES
from services.executor.access.principal import SCOPES_OF, Role, Scope
from services.executor.server import SERVICES

METHODS = {
    f"/{service.full_name}/{method.name}" for service in SERVICES for method in service.methods
}


def test_every_rpc_has_its_row() -> None:
    assert SCOPES.keys() >= METHODS
    assert all(SCOPES[method] is not None for method in METHODS)
    known = {method for method, scope in SCOPES.items() if scope is not None}
    of_operators = {method for method in known if SCOPES[method] is Scope.SERVER_OPERATE}
    assert known - of_operators == METHODS
    assert DEBUG_PAGES in of_operators


def test_every_scope_is_given_and_deployers_approve_nothing() -> None:
    assert SCOPES_OF[Role.OWNER] | SCOPES_OF[Role.OPERATOR] == set(Scope)
    others = [SCOPES_OF[role] for role in Role if role is not Role.OPERATOR]
    assert all(Scope.SERVER_OPERATE not in scopes for scopes in others)
    assert Scope.AGENTS_APPROVE not in SCOPES_OF[Role.DEPLOYER]
    assert Scope.AGENTS_DEPLOY not in SCOPES_OF[Role.APPROVER]
    assert all(Scope.KEYS_MANAGE not in SCOPES_OF[role] for role in Role if role != Role.OWNER)
