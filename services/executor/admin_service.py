"""The RPCs with which owners manage their organisation, over grpc.aio."""

from __future__ import annotations

import time

from caisson.executor.v1beta1 import admin_service_pb2 as pb
from services.executor.access.api_keys import MAX_KEYS, KeyRow
from services.executor.access.principal import PRINCIPAL, Principal
from services.executor.access_errors import ForbiddenError, KeyNotFoundError
from services.executor.access_setup import Keys
from services.executor.admission import Admission, AnyContext
from services.executor.errors import FieldViolation, RequestError
from services.executor.wire.keys import (
    AskedKey,
    from_create_key_request,
    from_list_keys_request,
    to_key,
    to_keys_response,
)
from services.executor.wire.page_tokens import PageTokens

NO_ORGANISATION = (
    "This executor admits no API keys, or the request has no credential, so there is no "
    "organisation whose keys these could be. Set CAISSON_EXECUTOR_API_KEYS=true, and make the "
    "first key with `caisson keys create` (docs/access.md)."
)


class AdminService:
    """Manages the API keys of the caller's organisation.

    Args:
        keys: all keys.
        admission: admits requests.
        tokens: makes and reads page tokens.
    """

    def __init__(self, keys: Keys, admission: Admission, tokens: PageTokens) -> None:
        self._keys = keys
        self._admission = admission
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"AdminService({self._keys!r})"

    async def CreateKey(  # noqa: N802 - the name is the protocol's
        self, request: pb.CreateKeyRequest, context: AnyContext
    ) -> None:
        """Answer with a new key."""
        await self._admission.answer(context, self._create(request), self._admission.quick)

    async def ListKeys(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListKeysRequest, context: AnyContext
    ) -> None:
        """Answer with the keys."""
        await self._admission.answer(context, self._list(request), self._admission.quick)

    async def RevokeKey(  # noqa: N802 - the name is the protocol's
        self, request: pb.RevokeKeyRequest, context: AnyContext
    ) -> None:
        """End a key."""
        await self._admission.answer(context, self._revoke(request), self._admission.quick)

    async def _create(self, request: pb.CreateKeyRequest) -> pb.CreateKeyResponse:
        principal = _member()
        maker, now_ns = self._keys.maker, time.time_ns()
        if maker is None:
            raise RequestError(NO_ORGANISATION)
        asked = from_create_key_request(request, now_ns)
        check_grant(principal, asked)
        key_id, text, digest = maker.made()
        row = KeyRow(
            key_id=key_id,
            organisation=principal.organisation,
            name=asked.name,
            roles=asked.roles,
            scopes=asked.scopes,
            resource_id=asked.resource_id,
            digest=digest,
            created_ns=now_ns,
            expires_ns=asked.expires_ns,
            created_by=principal.subject,
        )
        if not await self._keys.store.add(row):
            raise RequestError(f"The organisation has {MAX_KEYS:,} keys, and more are not kept.")
        return pb.CreateKeyResponse(secret=text, key=to_key(row))

    async def _list(self, request: pb.ListKeysRequest) -> pb.ListKeysResponse:
        organisation = _member().organisation
        page = from_list_keys_request(request, organisation, self._tokens)
        rows = await self._keys.store.of(organisation)
        return to_keys_response(rows, page, organisation, self._tokens)

    async def _revoke(self, request: pb.RevokeKeyRequest) -> pb.RevokeKeyResponse:
        organisation = _member().organisation
        row = await self._keys.store.revoke(organisation, request.key_id, time.time_ns())
        if row is None:
            raise KeyNotFoundError(
                f'The organisation has no API key of the id "{request.key_id[:64]}". ListKeys '
                "(`caisson keys list`) lists its keys."
            )
        if self._keys.known is not None:
            self._keys.known.forget(row.key_id)
        return pb.RevokeKeyResponse(key=to_key(row))


def _member() -> Principal:
    """Return who asks; raises RequestError for nobody's request."""
    principal = PRINCIPAL.get()
    if not principal.organisation:
        raise RequestError(NO_ORGANISATION)
    return principal


def check_grant(principal: Principal, asked: AskedKey) -> None:
    """Check that nobody gives away more than they have; raises ForbiddenError."""
    more = asked.granted - principal.scopes
    if more:
        names = ", ".join(sorted(each.value for each in more))
        raise ForbiddenError(f"The key could do more than its maker, who lacks {names}.")
    if principal.resource_id is not None and asked.resource_id != principal.resource_id:
        raise ForbiddenError(
            "This credential sees one resource alone, and can only make keys for the same.",
            violations=(FieldViolation("resource_id", "It must be the caller's own."),),
        )
