"""Tells who sends a request, and whether they may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.executor.access.methods import SCOPES
from services.executor.access.ports import Authenticator, Credentials
from services.executor.access.principal import NOBODY, Principal
from services.executor.access_errors import ForbiddenError, UnauthenticatedError

NO_CREDENTIAL = (
    "The request has no credential. Send an API key or a token as `authorization: Bearer ...` "
    "(CAISSON_API_KEY for the caisson command)."
)
NOT_VALID = (
    "The credential is not valid here: it is unknown, has expired, was revoked, or is not meant "
    "for this executor. Ask the owner of your organisation for another."
)


@dataclass(frozen=True)
class Access:
    """Who may send which request.

    Args:
        ways: how callers can say who they are; without any, nobody has to, and all may everything.
    """

    ways: Sequence[Authenticator] = ()

    async def asking(self, method: str, credentials: Credentials) -> Principal:
        """Return who sends a request for a method, ``/package.Service/Method``; see ``check``.

        Raises:
            UnauthenticatedError: there is no valid credential; which fault it has is not told.
            DatabaseError, IssuerAwayError: whether a credential is valid cannot be told now.
        """
        return NOBODY if self._is_open(method) else await self._principal(credentials)

    def check(self, method: str, principal: Principal) -> None:
        """Check that somebody may send requests for a method.

        One that is in no row of ``SCOPES`` is for nobody, where credentials are needed. Raises
        ForbiddenError: their roles do not allow it.
        """
        if self._is_open(method):
            return
        scope = SCOPES.get(method)
        if scope is None or scope not in principal.scopes:
            name = method.rpartition("/")[2]
            needed = scope.value if scope is not None else "one that no role has"
            roles = ", ".join(sorted(role.value for role in principal.roles)) or "none"
            raise ForbiddenError(
                f"{name} needs the scope {needed}, which this credential does not have. Its roles: "
                f"{roles}."
            )

    async def close(self) -> None:
        """End what is still asked of whoever knows credentials; idempotent."""
        for way in self.ways:
            await way.close()

    def _is_open(self, method: str) -> bool:
        return not self.ways or (method in SCOPES and SCOPES[method] is None)

    async def _principal(self, credentials: Credentials) -> Principal:
        if not credentials.malformed:
            for way in self.ways:
                found = await way.principal(credentials)
                if found is not None:
                    return found
        has_any = credentials.bearer is not None or credentials.malformed or credentials.identity
        raise UnauthenticatedError(NOT_VALID if has_any else NO_CREDENTIAL)
