"""The admin port of a service."""

from __future__ import annotations

from services.front.listening import Listener
from services.telemetry.admin.bounded_http import HttpServer
from services.telemetry.admin.pages import Site, application
from services.telemetry.admin.sockets import bound_sockets


class AdminPort:
    """Serves a site over HTTP; without an address, nothing. ``start`` once, then ``stop``."""

    def __init__(self, address: str, site: Site) -> None:
        self._site = site
        self._listener = Listener(address)
        self._server: HttpServer | None = None

    def __repr__(self) -> str:
        return f"AdminPort({self.address or 'none'})"

    @property
    def address(self) -> str:
        """The address it listens on; empty if there is none."""
        return self._listener.address

    def start(self) -> None:
        """Serve; raises AddressError if it cannot listen there."""
        if not self.address:
            return
        self._listener, sockets = bound_sockets(self.address)
        self._server = HttpServer(application(self._site))
        self._server.begin(sockets)

    async def stop(self) -> None:
        """Stop, and remove the Unix socket; does nothing if it does not serve."""
        server, self._server = self._server, None
        if server is not None:
            await server.end()
            self._listener.close()
