"""Sockets of the admin port, by the rules of all ports: never one that another server has."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

from services.front.listening import UNIX, Listener, listen

BACKLOG = 64


def bound_sockets(address: str) -> tuple[Listener, list[socket.socket]]:
    """Return what listens on ``host:port`` or ``unix:/path``, for the caller to close.

    Raises AddressError: it is in use, or cannot be listened on.
    """
    found: list[socket.socket] = []
    with ExitStack() as stack:

        def add_port(address: str) -> int:
            port = 0
            for family, target in _targets(address):
                one = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
                one.setblocking(False)
                if family != socket.AF_UNIX:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    target = (*target[:1], port or target[1], *target[2:])
                if family == socket.AF_INET6:
                    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                one.bind(target)
                one.listen(BACKLOG)
                port = 1 if family == socket.AF_UNIX else one.getsockname()[1]
                found.append(one)
            return port

        listener = listen(add_port, address)
        stack.pop_all()
    return listener, found


def _targets(address: str) -> list[tuple[int, Any]]:
    if address.startswith(UNIX):
        return [(socket.AF_UNIX, address.removeprefix(UNIX))]
    host, _, port = address.rpartition(":")
    flags = socket.AI_PASSIVE
    found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=flags)
    return list({(family, target): None for family, _, _, _, target in found})
