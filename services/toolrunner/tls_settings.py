"""The settings of TLS, a part of the toolrunner's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.front.certificate_names import wrong_pattern
from services.front.listening import UNIX, is_local
from services.front.settings_fields import all_or_none, is_address
from services.front.tls_paths import TlsPaths

ALL: Final = ("TLS_CERTIFICATE", "TLS_KEY", "TLS_CLIENT_CA", "ALLOWED_EXECUTORS")


@dataclass(frozen=True)
class TlsSettings:
    """Which certificate the toolrunner shows, and which executors it takes.

    All files are in PEM, are checked at start, and may be replaced while the toolrunner runs.

    Attributes:
        tls_certificate: file of the server's certificate, followed by those of the authorities
            between it and the root. With it, ``address`` speaks TLS only, to ``allowed_executors``.
        tls_key: file of its private key.
        tls_client_ca: file of the authorities that sign the executors' certificates.
        allowed_executors: the executors that are served, by a name in their certificates:
            space-separated URIs such as ``spiffe://mesh.example/ns/*/sa/executor``, and DNS names;
            ``*`` stands for characters of one segment.
    """

    tls_certificate: str = ""
    tls_key: str = ""
    tls_client_ca: str = ""
    allowed_executors: tuple[str, ...] = field(
        default=(), metadata={"parse": lambda text: tuple(text.split()), "kind": "words"}
    )

    @property
    def server_files(self) -> TlsPaths | None:
        """The files of the server; None if it does not speak TLS."""
        if not self.tls_certificate:
            return None
        return TlsPaths(self.tls_certificate, self.tls_key, self.tls_client_ca)


def wrong_tls_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``TlsSettings`` together, and with the address."""
    problems = all_or_none(prefix, values, ALL, "TLS of a toolrunner")
    problems += [
        f"{prefix}ALLOWED_EXECUTORS has {pattern[:200]!r}: {wrong}."
        for pattern in values["allowed_executors"]
        if (wrong := wrong_pattern(pattern))
    ]
    address = values["address"]
    if values["tls_certificate"] and address.startswith(UNIX):
        problems.append(
            f"{prefix}TLS_CERTIFICATE is set, and {prefix}ADDRESS is a Unix socket, which needs no "
            "TLS. Set a HOST:PORT there, or leave the certificates out."
        )
    is_remote = is_address(address) and not is_local(address)
    if is_remote and not any(values[name.lower()] for name in ALL):
        problems.append(
            f"{prefix}ADDRESS is {address}, which other machines may reach: a toolrunner serves "
            f"there only executors that it can tell by their certificates. Set "
            f"{', '.join(prefix + name for name in ALL)} (see docs/tls.md), or listen on loopback "
            "or a Unix socket."
        )
    return problems
