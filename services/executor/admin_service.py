"""The RPCs with which owners manage their organisation, over grpc.aio."""

from __future__ import annotations

import time

from caisson.executor.v1beta1 import admin_service_pb2 as pb
from services.executor.access.principal import PRINCIPAL, Principal
from services.executor.admission import Admission, AnyContext
from services.executor.key_desk import KeyDesk, organisation_of
from services.executor.wire.keys import (
    from_create_key_request,
    from_list_keys_request,
    to_key,
    to_keys_response,
)
from services.executor.wire.page_tokens import PageTokens


class KeyAnswers:
    """Answers what one caller asks of the keys of their organisation.

    Args:
        desk: makes, lists and revokes keys.
        tokens: makes and reads page tokens.
        principal: who asks.
    """

    def __init__(self, desk: KeyDesk, tokens: PageTokens, principal: Principal) -> None:
        self._desk = desk
        self._tokens = tokens
        self._principal = principal

    def __repr__(self) -> str:
        return f"KeyAnswers({self._principal.organisation})"

    async def create(self, request: pb.CreateKeyRequest) -> pb.CreateKeyResponse:
        """Make a key; raises RequestError, ForbiddenError."""
        organisation_of(self._principal)
        asked = from_create_key_request(request, time.time_ns())
        text, row = await self._desk.create(asked, self._principal)
        return pb.CreateKeyResponse(secret=text, key=to_key(row))

    async def list(self, request: pb.ListKeysRequest) -> pb.ListKeysResponse:
        """Return a page of the keys; raises RequestError."""
        organisation = organisation_of(self._principal)
        page = from_list_keys_request(request, organisation, self._tokens)
        rows = await self._desk.of(self._principal)
        return to_keys_response(rows, page, organisation, self._tokens)

    async def revoke(self, request: pb.RevokeKeyRequest) -> pb.RevokeKeyResponse:
        """End a key; raises RequestError, KeyNotFoundError."""
        row = await self._desk.revoke(request.key_id, self._principal)
        return pb.RevokeKeyResponse(key=to_key(row))


class AdminService:
    """Manages the API keys of the caller's organisation.

    Args:
        desk: makes, lists and revokes keys.
        admission: admits requests.
        tokens: makes and reads page tokens.
    """

    def __init__(self, desk: KeyDesk, admission: Admission, tokens: PageTokens) -> None:
        self._desk = desk
        self._admission = admission
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"AdminService({self._desk!r})"

    async def CreateKey(  # noqa: N802 - the name is the protocol's
        self, request: pb.CreateKeyRequest, context: AnyContext
    ) -> None:
        """Answer with a new key."""
        await self._admission.answer(
            context, self._answers().create(request), self._admission.quick
        )

    async def ListKeys(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListKeysRequest, context: AnyContext
    ) -> None:
        """Answer with the keys."""
        await self._admission.answer(context, self._answers().list(request), self._admission.quick)

    async def RevokeKey(  # noqa: N802 - the name is the protocol's
        self, request: pb.RevokeKeyRequest, context: AnyContext
    ) -> None:
        """End a key."""
        await self._admission.answer(
            context, self._answers().revoke(request), self._admission.quick
        )

    def _answers(self) -> KeyAnswers:
        return KeyAnswers(self._desk, self._tokens, PRINCIPAL.get())
