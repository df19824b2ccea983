"""What gRPC raises in a server's RPC that has lost its peer."""

from __future__ import annotations

from typing import Any

import grpc._cython.cygrpc

_untyped: Any = grpc._cython.cygrpc

# The second has no public name. It comes once the server's grace is over, where a message is
# awaited or about to be sent.
CUT_ERRORS: tuple[type[Exception], ...] = (_untyped.InternalError, _untyped._ServerStoppedError)
