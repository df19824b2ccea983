"""Who may see debug pages where nobody has to say who they are."""

from __future__ import annotations

from services.front.listening import is_local
from services.telemetry.admin.pages import FORBIDDEN, Asked, Guard, Refusal

NOT_HERE = (
    "Debug pages are shown on loopback and Unix sockets alone where callers do not say who they "
    "are, and this port listens elsewhere."
)
WRONG_HOST = (
    "Debug pages are shown to requests for this machine alone, such as http://127.0.0.1: the host "
    "in this one is another."
)


def local_guard(address: str) -> Guard:
    """Return a guard that lets everyone who can connect to a local ``address``, and nobody else.

    A web page in a browser of this machine that has its own name lead here does not get in, since
    its requests name its host.
    """

    async def guard(asked: Asked) -> Refusal | None:
        if not is_local(address):
            return Refusal(FORBIDDEN, NOT_HERE)
        if not address.startswith("unix:") and not is_local(with_port(asked.host)):
            return Refusal(FORBIDDEN, WRONG_HOST)
        return None

    return guard


def with_port(host: str) -> str:
    """Return a ``Host`` header with a port, which it may lack."""
    return host if host.rpartition(":")[2].isdigit() else f"{host}:80"
