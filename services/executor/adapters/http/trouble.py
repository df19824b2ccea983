"""Says what went wrong with a request: a sentence, and the code that Node has for it."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator
from typing import Final

import httpcore

from services.executor.egress.web_url import WebUrl
from services.executor.errors import FetchFailedError

MAX_CAUSES: Final = 10
CERTIFICATES: Final = {
    2: "UNABLE_TO_GET_ISSUER_CERT",
    9: "CERT_NOT_YET_VALID",
    10: "CERT_HAS_EXPIRED",
    18: "DEPTH_ZERO_SELF_SIGNED_CERT",
    19: "SELF_SIGNED_CERT_IN_CHAIN",
    20: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    21: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    22: "CERT_CHAIN_TOO_LONG",
    23: "CERT_REVOKED",
    24: "INVALID_CA",
    27: "CERT_UNTRUSTED",
    28: "CERT_REJECTED",
    62: "ERR_TLS_CERT_ALTNAME_INVALID",
    64: "ERR_TLS_CERT_ALTNAME_INVALID",
}
"""Node's names for OpenSSL's results of verifying a certificate."""
REACHING: Final = {
    errno.EHOSTUNREACH: "EHOSTUNREACH",
    errno.ENETUNREACH: "ENETUNREACH",
    errno.EADDRNOTAVAIL: "EADDRNOTAVAIL",
}


def failed(url: WebUrl, error: BaseException, *, read: bool = False) -> FetchFailedError:
    """Return the error for a request, or for the body of a response when ``read``."""
    said, code = trouble(error, read=read)
    return FetchFailedError(f"{url.authority} {said}", code=code)


def trouble(error: BaseException, *, read: bool = False) -> tuple[str, str]:
    """Return what went wrong, as the end of a sentence that starts with the host, and its code."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            code = CERTIFICATES.get(cause.verify_code, "CERT_REJECTED")
            return "has a TLS certificate that is not trusted", code
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            code = f"ERR_SSL_{cause.reason}" if cause.reason else "EPROTO"
            return "does not speak TLS correctly; check the scheme and the port", code
    if isinstance(error, httpcore.ConnectTimeout):
        code = "UND_ERR_CONNECT_TIMEOUT"
        return "cannot be reached: nothing accepts connections there", code
    if isinstance(error, httpcore.ConnectError):
        numbers = [cause.errno for cause in causes if isinstance(cause, OSError)]
        known = [REACHING[number] for number in numbers if number in REACHING]
        code = known[0] if known else "ECONNREFUSED"
        return "cannot be reached: nothing accepts connections there", code
    code = _broken_off(error, causes)
    if read or isinstance(error, httpcore.ProtocolError):
        return "broke off its response, or does not speak HTTP", code
    return "closed the connection before it answered", code


def _broken_off(error: BaseException, causes: list[BaseException]) -> str:
    """Return the code of a connection that was closed, reset, or spoke no HTTP."""
    if any(isinstance(cause, ConnectionResetError) for cause in causes):
        return "ECONNRESET"
    text = str(error).lower()
    is_end = "disconnected" in text or "closed connection" in text
    if isinstance(error, httpcore.ProtocolError) and not is_end:
        return "HPE_INVALID_CONSTANT"
    return "UND_ERR_SOCKET"


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(MAX_CAUSES):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__
