"""Finds out why a connection over TLS failed, which gRPC does not say, or not in words.

It connects once more by itself. What it finds is only told to people: nothing depends on it.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import Final

from services.front.listening import UNIX
from services.front.tls_paths import TlsPaths

PROBE_S: Final = 2.0
NOT_YET, EXPIRED = 9, 10
STRANGERS: Final = {2, 7, 18, 19, 20, 21}  # 7: an authority of the same name, with another key
OTHER_NAME: Final = {62, 64}
SPEAKS_TLS: Final = "it speaks TLS, and it was asked without"
NO_TLS: Final = "it does not speak TLS"
WANTS_CERTIFICATE: Final = "it wants a client certificate, and got none"
STRANGERS_CERTIFICATE: Final = "its certificate is of an authority that is not trusted here"
REFUSES_CERTIFICATE: Final = (
    "it does not take the client certificate: it has expired, or is of an authority that the "
    "server does not trust"
)


async def tls_fault(
    address: str, files: TlsPaths | None, name: str = "", *, public: bool = False
) -> str:
    """Return what is wrong with TLS at an address, as half a sentence; empty if nothing is found.

    Args:
        address: ``host:port``; nothing is found for Unix sockets.
        files: what is used there; None where it was asked without TLS.
        name: the host name in the server's certificate; empty for the one in the address.
        public: trust the authorities of this system instead of those of ``files``.
    """
    host, _, port = address.rpartition(":")
    if address.startswith(UNIX) or not port.isdigit():
        return ""
    try:
        context = _context(files, public=public)
        async with asyncio.timeout(PROBE_S):
            return await _tried(context, host.strip("[]"), int(port), name, files)
    except (TimeoutError, OSError, ValueError):
        return ""


def _context(files: TlsPaths | None, *, public: bool) -> ssl.SSLContext:
    context = ssl.create_default_context() if public else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["h2"])
    if files is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if files.authorities:
        context.load_verify_locations(files.authorities)
    if files.certificate:
        # Without a password here, OpenSSL would ask for one at the terminal.
        context.load_cert_chain(files.certificate, files.key, password="")
    return context


async def _tried(
    context: ssl.SSLContext, host: str, port: int, name: str, files: TlsPaths | None
) -> str:
    try:
        reader, writer = await asyncio.open_connection(
            host, port, ssl=context, server_hostname=name or host
        )
    except ssl.SSLCertVerificationError as error:
        return _of_certificate(error, name or host)
    except ssl.SSLError:
        return "" if files is None else NO_TLS
    except ConnectionError:
        return ""
    try:
        if files is None:
            return SPEAKS_TLS
        # A server of HTTP/2 speaks first; one that refuses our certificate does not.
        with suppress(OSError):  # TLS alerts are such errors
            if await reader.read(1):
                return ""
        return REFUSES_CERTIFICATE if files.certificate else WANTS_CERTIFICATE
    finally:
        writer.transport.abort()


def _of_certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    if error.verify_code == EXPIRED:
        return "its certificate has expired"
    if error.verify_code == NOT_YET:
        return "its certificate is not valid yet"
    if error.verify_code in OTHER_NAME:
        return f"its certificate is for other names than {host}"
    if error.verify_code in STRANGERS:
        return STRANGERS_CERTIFICATE
    return f"its certificate is not accepted ({error.verify_message})"
