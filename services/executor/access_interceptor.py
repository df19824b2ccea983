"""The door of every RPC over grpc.aio: who sends it, and may they; before its message is read."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

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
from services.front.method_handlers import (
    Context,
    Handler,
    MethodInterceptor,
    received_by,
    serving,
)

logger = logging.getLogger(__name__)

AUTHORIZATION: Final = "authorization"
SCHEME: Final = "bearer "
MAX_CREDENTIAL: Final = 16 * 1024
OURS: Final = "/caisson."
"""What our methods' names begin with; those of health and reflection are not counted."""
OF_A_CERTIFICATE: Final = "x509_pem_cert"
"""What a connection with a verified certificate has."""

NOT_LOOKED_AT: Final = (
    "a caller sent a credential, and it was not looked at: this executor is configured to trust "
    "every caller (CAISSON_EXECUTOR_API_KEYS, docs/access.md); not told again"
)


class AccessInterceptor(MethodInterceptor):
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
        super().__init__()
        self._access = access
        self._trail = trail
        self._counted = counted
        self._told = False

    def __repr__(self) -> str:
        return f"AccessInterceptor({self._access!r})"

    def made(self, method: str, handler: Handler) -> Handler:
        """Return the handler of a method, with its RPCs admitted first."""
        inner = received_by(handler)

        async def serve(messages: Any, context: Context) -> Any:
            ORIGIN.set(context.peer())
            principal = NOBODY
            try:
                credentials = credentials_of(context)
                self._tell_if_needless(credentials)
                principal = await self._access.asking(method, credentials)
                self._access.check(method, principal)
                client = client_for(principal, context.peer())
                if self._counted is not None and method.startswith(OURS):
                    await self._counted(client)
            except Exception as error:  # noqa: BLE001 - the client gets a status for any error
                note_refusal(self._trail, method, principal, error)
                status = to_status(known_error(error))
                return await context.abort_with_status(grpc_status(status))
            PRINCIPAL.set(principal)
            CALLER.set(client)
            return await inner(messages, context)

        return serving(handler, serve)

    def _tell_if_needless(self, credentials: Credentials) -> None:
        """Log, once, that somebody relies on a credential that nobody looks at."""
        sent = credentials.bearer or credentials.malformed
        if sent and not self._access.ways and not self._told:
            self._told = True
            logger.warning(NOT_LOOKED_AT)


def note_refusal(trail: AuditTrail, method: str, principal: Principal, error: Exception) -> None:
    """Count a refusal in the audit trail: strangers can cause any number of them."""
    if isinstance(error, (UnauthenticatedError, ForbiddenError)):
        target = method if method in SCOPES else ""
        trail.count(refused(by(principal, Action.ACCESS_REFUSED, target, reason=error.reason)))


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
