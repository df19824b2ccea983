"""The door of every RPC over grpc.aio: who sends it, and may they; before its message is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

import grpc

from services.executor.access.access import Access
from services.executor.access.methods import SCOPES
from services.executor.access.ports import Credentials
from services.executor.access.principal import NOBODY, PRINCIPAL, Principal
from services.executor.access_errors import ForbiddenError, UnauthenticatedError
from services.executor.admission import known_error
from services.executor.audit.entries import ORIGIN, Action, by, refused
from services.executor.audit.ports import AuditTrail
from services.executor.clients import CALLER, Client, client_of, member_of
from services.executor.wire.status import to_status
from services.front.grpc_status import grpc_status

AUTHORIZATION: Final = "authorization"
SCHEME: Final = "bearer "
MAX_CREDENTIAL: Final = 16 * 1024
OURS: Final = "/caisson."
"""What our methods' names begin with; those of health and reflection are not counted."""
OF_A_CERTIFICATE: Final = "x509_pem_cert"
"""What a connection with a verified certificate has."""

Handler = Any  # grpc.RpcMethodHandler, whose types do not cover bytes
Context = Any  # a grpc.aio.ServicerContext, whichever its messages
Serve = Callable[[Any, Context], Awaitable[Any]]


class AccessInterceptor(grpc.aio.ServerInterceptor):
    """Admits RPCs, and notes whose they are in ``PRINCIPAL`` and ``CALLER``.

    It has to stand before what receives the messages of requests.

    Args:
        access: who is admitted.
        counted: counts an RPC of ours against its caller's quotas, or raises.
    """

    def __init__(
        self,
        access: Access,
        trail: AuditTrail,
        counted: Callable[[Client], Awaitable[None]] | None = None,
    ) -> None:
        self._access = access
        self._trail = trail
        self._counted = counted
        self._handlers: dict[str, Handler] = {}

    def __repr__(self) -> str:
        return f"AccessInterceptor({self._access!r})"

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return the handler of a method, with its RPCs admitted first."""
        method = str(handler_call_details.method)
        if method not in self._handlers:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            self._handlers[method] = self._admitting(method, handler)
        return self._handlers[method]

    def _admitting(self, method: str, handler: Handler) -> Handler:
        inner: Serve = handler.stream_stream or handler.stream_unary

        async def serve(messages: Any, context: Context) -> Any:
            ORIGIN.set(context.peer())
            principal = NOBODY
            try:
                principal = await self._access.asking(method, credentials_of(context))
                self._access.check(method, principal)
                client = client_for(principal, context.peer())
                if self._counted is not None and method.startswith(OURS):
                    await self._counted(client)
            except Exception as error:  # noqa: BLE001 - the client gets a status for any error
                self._note_refusal(method, principal, error)
                status = to_status(known_error(error))
                return await context.abort_with_status(grpc_status(status))
            PRINCIPAL.set(principal)
            CALLER.set(client)
            return await inner(messages, context)

        if handler.response_streaming:
            make = grpc.stream_stream_rpc_method_handler
        else:
            make = grpc.stream_unary_rpc_method_handler
        return make(serve, None, handler.response_serializer)

    def _note_refusal(self, method: str, principal: Principal, error: Exception) -> None:
        """Count a refusal: strangers can cause any number of them."""
        if isinstance(error, (UnauthenticatedError, ForbiddenError)):
            target = method if method in SCOPES else ""
            by_whom = refused(by(principal, Action.ACCESS_REFUSED, target, reason=error.reason))
            self._trail.count(by_whom)


def client_for(principal: Principal, peer: str) -> Client:
    """Return what everything shared is shared by: the organisation, or else the connection."""
    if not principal.organisation:
        return client_of(peer)
    # An id of a key has no colon, so that no subject can be taken for a key.
    member = principal.key_id or f"subject:{principal.subject}"
    return member_of(principal.organisation, member)


def credentials_of(context: Context) -> Credentials:
    """Return the credentials of an RPC."""
    given = [value for key, value in context.invocation_metadata() or () if key == AUTHORIZATION]
    known = context.auth_context()
    found = Credentials(identity=known if OF_A_CERTIFICATE in known else {})
    if not given:
        return found
    return replace(credentials_in(*given), identity=found.identity)


def credentials_in(*given: Any) -> Credentials:
    """Return the credentials of a request's ``authorization`` fields, of which there may be one."""
    if not given:
        return Credentials()
    text = given[0] if len(given) == 1 and isinstance(given[0], str) else ""
    if len(text) > MAX_CREDENTIAL or text[: len(SCHEME)].lower() != SCHEME:
        return Credentials(malformed=True)
    return Credentials(bearer=text[len(SCHEME) :].strip())
