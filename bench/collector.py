"""A collector of traces that only counts: ``python -m bench.collector`` prints its port."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc

SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"


async def export(_: bytes, context: Any) -> bytes:
    """Take spans; the empty answer says that all were taken."""
    return b""


async def main() -> None:
    """Serve until the process is ended."""
    server = grpc.aio.server()
    handlers: dict[str, Any] = {"Export": grpc.unary_unary_rpc_method_handler(export)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main())
