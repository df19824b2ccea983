"""Converts API keys and requests for them; see ``admin_service.proto``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from caisson.executor.v1beta1 import admin_service_pb2 as pb
from services.executor.access.api_keys import MAX_NAME, AskedKey, KeyRow
from services.executor.access.issuers import MAX_RESOURCE_BYTES
from services.executor.access.principal import SCOPES, Role, Scope
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.request_checker import RequestChecker

DEFAULT_KEYS, MOST_KEYS = 50, 500
MAX_SCOPES = 64
ROLES: dict[pb.Role, Role] = {
    pb.ROLE_OWNER: Role.OWNER,
    pb.ROLE_DEPLOYER: Role.DEPLOYER,
    pb.ROLE_APPROVER: Role.APPROVER,
    pb.ROLE_INVOKER: Role.INVOKER,
    pb.ROLE_VIEWER: Role.VIEWER,
    pb.ROLE_SERVICE: Role.SERVICE,
    pb.ROLE_OPERATOR: Role.OPERATOR,
}
NUMBERS = {role: number for number, role in ROLES.items()}


@dataclass(frozen=True)
class KeysPage:
    """A requested page of keys, from a position on."""

    size: int
    start: int


def from_create_key_request(request: pb.CreateKeyRequest, now_ns: int) -> AskedKey:
    """Return the key that is asked for; raises RequestError."""
    check = RequestChecker()
    name = check.text("name", request.name, MAX_NAME)
    if not name or not name.isprintable():
        check.wrong("name", "It must be a short text without control characters.")
    if not request.roles:
        check.wrong("roles", "Give at least one, such as ROLE_INVOKER.")
    roles = frozenset(ROLES[each] for each in request.roles if each in ROLES)
    if len(roles) < len(set(request.roles)):
        check.wrong("roles", "One of them is none that this executor knows.")
    scopes = _scopes(request.scopes[: MAX_SCOPES + 1], check)
    resource = request.resource_id if request.HasField("resource_id") else None
    if resource is not None:
        check.text("resource_id", resource, MAX_RESOURCE_BYTES)
    expires_ns = 0
    if request.HasField("expire_time"):
        expires_ns = request.expire_time.ToNanoseconds()
        if expires_ns <= now_ns:
            check.wrong("expire_time", "It has passed.")
    check.finish()
    return AskedKey(name, roles, scopes, resource, expires_ns)


def from_list_keys_request(
    request: pb.ListKeysRequest, organisation: str, tokens: PageTokens
) -> KeysPage:
    """Return the requested page; raises RequestError."""
    check = RequestChecker()
    (start,) = check.page(request, tokens, ("keys", organisation)) or (0,)
    check.finish()
    return KeysPage(min(request.page_size or DEFAULT_KEYS, MOST_KEYS), start)


def to_keys_response(
    rows: Sequence[KeyRow], page: KeysPage, organisation: str, tokens: PageTokens
) -> pb.ListKeysResponse:
    """Return a page of keys."""
    end = page.start + page.size
    response = pb.ListKeysResponse(keys=[to_key(row) for row in rows[page.start : end]])
    if len(rows) > end:
        response.next_page_token = tokens.token(("keys", organisation), (end,))
    return response


def to_key(row: KeyRow) -> pb.ApiKey:
    """Return a key without its digest."""
    key = pb.ApiKey(
        key_id=row.key_id,
        name=row.name,
        organisation=row.organisation,
        roles=sorted(NUMBERS[role] for role in row.roles),
        scopes=sorted(each.value for each in row.scopes or ()),
        resource_id=row.resource_id,
        create_time=_time(row.created_ns),
        created_by=row.created_by,
    )
    if row.expires_ns:
        key.expire_time.CopyFrom(_time(row.expires_ns))
    if row.revoked_ns:
        key.revoke_time.CopyFrom(_time(row.revoked_ns))
    return key


def _time(ns: int) -> Timestamp:
    time = Timestamp()
    time.FromNanoseconds(ns)
    return time


def _scopes(given: Sequence[str], check: RequestChecker) -> frozenset[Scope] | None:
    if len(given) > MAX_SCOPES or any(each not in SCOPES for each in given):
        check.wrong("scopes", f"It may list {', '.join(SCOPES)}.")
    return frozenset(SCOPES[each] for each in given if each in SCOPES) if given else None
