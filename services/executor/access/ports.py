"""What access needs of the outside, and what it gives to the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.executor.access.principal import Principal


@dataclass(frozen=True)
class Credentials:
    """What a request and its connection carry to say who sends it.

    Attributes:
        bearer: what stands after ``Bearer`` in ``authorization``; None without that field.
        malformed: whether ``authorization`` is there more than once, or is no ``Bearer``.
        identity: what gRPC knows of the peer's verified certificate (``auth_context``); empty
            without one.
    """

    bearer: str | None = field(default=None, repr=False)
    malformed: bool = False
    identity: Mapping[str, Sequence[bytes]] = field(default_factory=dict, repr=False)


class Authenticator(Protocol):
    """One way to say who one is."""

    async def principal(self, credentials: Credentials) -> Principal | None:
        """Return who sends a request; None if it carries no valid credential of this kind.

        Raises:
            DatabaseError: what is needed to tell cannot be read.
            IssuerAwayError: what is needed to tell cannot be fetched.
        """
        ...

    async def close(self) -> None:
        """End what is still asked; idempotent."""
        ...
