"""Who a request is from, before it says so itself; and why one was not received."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from google.rpc import status_pb2

from services.front.arrivals import NotReceivedError, Why
from services.toolrunner.errors import OutOfOrderError, OverloadedError, ProtocolError
from services.toolrunner.wire import to_status

LOCAL_HOST: Final = "unix"
"""The host of every peer on a Unix socket, whose peers cannot be told apart."""
IPV6_NETWORK_BITS: Final = 64
"""One customer is commonly given this much of IPv6, so that it counts as one host."""
RETRY_AFTER_S: Final = 1.0

SENTENCES: Final = {
    Why.WAITED: "The first request of the stream waited {limit} s for its turn; try again later.",
    Why.TOO_MANY: "{limit} streams are to send their first request, the most, and most of them are "
    "of this peer; send it at once.",
    Why.GAVE_WAY: "Other peers wait to send their first request, and after {limit} s this one was "
    "still incomplete; send it again.",
    Why.STOPPING: "This runner is being stopped; use another one.",
}


@dataclass(frozen=True)
class ConnectedPeer:
    """Who a request is from: ``host`` without a port, and ``connection``, the peer's address."""

    host: str
    connection: str


def peer_of(peer: str) -> ConnectedPeer:
    """Return the peer that gRPC writes as ``ipv4:1.2.3.4:5``, ``ipv6:[::1]:5`` or ``unix:``."""
    scheme, _, rest = unquote(peer).partition(":")
    if scheme not in ("ipv4", "ipv6"):
        return ConnectedPeer(LOCAL_HOST, peer)
    host = rest.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ConnectedPeer(host, peer)
    if isinstance(address, ipaddress.IPv6Address):
        network = ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False)
        host = str(address.ipv4_mapped or network)
    return ConnectedPeer(host, peer)


def not_received_status(error: NotReceivedError) -> status_pb2.Status:
    """Return the status of an RPC whose first request was not received."""
    limit = f"{error.limit:,.10g}"
    if error.why is Why.INCOMPLETE:
        late = f"The first request of the stream was not complete within {limit} s."
        return to_status(OutOfOrderError(late))
    if error.why is Why.EMPTY:
        return to_status(OutOfOrderError("The RPC ended without a request."))
    if error.why is Why.MALFORMED:
        return to_status(ProtocolError("The request is not a message of its method."))
    text = SENTENCES[error.why].format(limit=limit)
    return to_status(OverloadedError(text, retry_after_s=RETRY_AFTER_S))
