"""The credentials of a server over TLS, whose files may be replaced while it runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, Final

import grpc

from services.front.tls_paths import TlsMaterial, TlsPaths, TlsSource

logger = logging.getLogger(__name__)

# Whoever resumes a session is not asked for a certificate, which may have expired since. gRPC has
# no way to turn tickets off, and they would be good for days.
TICKETS_S: Final = 600.0
# Imported when it is used: the command imports this module without its library.
TLS_FILES: Final = "services.front.tls_files"


def server_credentials(
    files: TlsSource, clock: Callable[[], float] = time.monotonic
) -> grpc.ServerCredentials:
    """Return credentials that follow ``files``.

    With authorities among the files, every client must have a certificate that one of them signed;
    without, none is asked for. A connection keeps what it was made with, and a client may make
    another one without showing its certificate again, for ``TICKETS_S`` seconds of ``clock`` and
    as long as the files do not change.
    """
    follower = _Follower(files, clock)
    return grpc.dynamic_ssl_server_credentials(
        follower.first,
        follower.changed,
        require_client_authentication=follower.requires_clients,
    )


def port_adder(server: grpc.aio.Server, paths: TlsPaths | None, owner: str) -> Callable[[str], int]:
    """Return what makes ``server`` listen on an address, over TLS if there are files for it.

    Raises:
        TlsFileError: they cannot be used.
    """
    if paths is None:
        return server.add_insecure_port
    files = import_module(TLS_FILES).TlsFiles(paths, owner)
    credentials = server_credentials(files)
    return partial(server.add_secure_port, server_credentials=credentials)


class _Follower:
    """Tells gRPC of new content; it asks at every connection, on a thread of its own."""

    def __init__(self, files: TlsSource, clock: Callable[[], float]) -> None:
        self._files = files
        self._clock = clock
        self._told_s = clock()
        self._lock = threading.Lock()
        self._told = files.current()
        self.first = _configuration(self._told)
        self.requires_clients = self._told.authorities is not None

    def __repr__(self) -> str:
        return f"_Follower({self._files!r})"

    def changed(self) -> Any:
        """Return the configuration if it has changed or is old, else None.

        Each has its own key of session tickets, so that those of the one before are void.

        Raises nothing: an error would reach only gRPC's own log.
        """
        try:
            with self._lock:
                found = self._files.current()
                now_s = self._clock()
                if found is self._told and now_s < self._told_s + TICKETS_S:
                    return None
                self._told, self._told_s = found, now_s
                return _configuration(found)
        except Exception:
            logger.exception("the certificate files could not be looked at")
            return None


def _configuration(material: TlsMaterial) -> Any:
    pair = (material.key or b"", material.certificate or b"")
    return grpc.ssl_server_certificate_configuration([pair], material.authorities)
