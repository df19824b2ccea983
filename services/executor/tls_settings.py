"""The settings of TLS, a part of the executor's: its servers, and its way to the toolrunner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.executor.access.certificates import (
    EXAMPLE,
    CertificateRule,
    parse_certificate_rules,
)
from services.front.listening import UNIX
from services.front.settings_fields import all_or_none, optional_address
from services.front.tls_paths import TlsPaths

SERVER: Final = ("TLS_CERTIFICATE", "TLS_KEY")
MESH: Final = ("MTLS_ADDRESS", "MTLS_CLIENT_CA", "CERTIFICATE_RULES")
RUNNER: Final = ("TOOLRUNNER_CA", "TOOLRUNNER_CERTIFICATE", "TOOLRUNNER_KEY")


def certificate_rules() -> tuple[CertificateRule, ...]:
    """Declare a JSON list of rules for certificates, empty by default."""
    found: tuple[CertificateRule, ...] = field(
        default=(),
        metadata={"parse": parse_certificate_rules, "kind": f"a JSON list, such as {EXAMPLE}"},
    )
    return found


@dataclass(frozen=True)
class TlsSettings:
    """Which certificates the executor shows, and which it takes.

    All files are in PEM, are checked at start, and may be replaced while the executor runs.

    Attributes:
        tls_certificate: file of the server's certificate, followed by those of the authorities
            between it and the root. With it, ``address`` speaks TLS only.
        tls_key: file of its private key.
        mtls_address: where to listen for clients that must show a certificate: ``host:port``.
        mtls_client_ca: file of the authorities that sign clients' certificates.
        certificate_rules: whom clients' certificates belong to: a JSON list of rules, see
            docs/tls.md.
        toolrunner_ca: file of the authorities that sign the toolrunner's certificate. With it, the
            connection to the toolrunner is encrypted, and each shows the other its certificate.
        toolrunner_certificate: file of the certificate that is shown to the toolrunner.
        toolrunner_key: file of its private key.
        toolrunner_name: the host name that the toolrunner's certificate must have, if it is not the
            one in ``toolrunner``.
    """

    tls_certificate: str = ""
    tls_key: str = ""
    mtls_address: str = optional_address("0.0.0.0:50443")
    mtls_client_ca: str = ""
    certificate_rules: tuple[CertificateRule, ...] = certificate_rules()
    toolrunner_ca: str = ""
    toolrunner_certificate: str = ""
    toolrunner_key: str = ""
    toolrunner_name: str = ""

    @property
    def server_files(self) -> TlsPaths | None:
        """The files of the port without client certificates; None if it does not speak TLS."""
        if not self.tls_certificate:
            return None
        return TlsPaths(self.tls_certificate, self.tls_key)

    @property
    def mesh_files(self) -> TlsPaths:
        """The files of the port for client certificates."""
        return TlsPaths(self.tls_certificate, self.tls_key, self.mtls_client_ca)

    @property
    def toolrunner_files(self) -> TlsPaths | None:
        """The files of the connection to the toolrunner; None if it is not encrypted."""
        if not self.toolrunner_ca:
            return None
        return TlsPaths(self.toolrunner_certificate, self.toolrunner_key, self.toolrunner_ca)


def wrong_tls_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``TlsSettings`` together."""
    return [
        *_wrong_servers(prefix, values),
        *all_or_none(prefix, values, RUNNER, "the connection to the toolrunner"),
        *_wrong_way(prefix, values),
    ]


def _wrong_servers(prefix: str, values: Mapping[str, Any]) -> list[str]:
    problems = all_or_none(prefix, values, SERVER, "TLS")
    problems += all_or_none(prefix, values, MESH, "the port for client certificates")
    address, mesh = values["address"], values["mtls_address"]
    has_certificate = bool(values["tls_certificate"] and values["tls_key"])
    if mesh and not has_certificate and not problems:
        problems.append(
            f"{prefix}MTLS_ADDRESS is set, and {prefix}TLS_CERTIFICATE and {prefix}TLS_KEY, the "
            "certificate that this port shows, are not. Set them too."
        )
    if has_certificate and address.startswith(UNIX) and not mesh:
        problems.append(
            f"{prefix}TLS_CERTIFICATE is set, and {prefix}ADDRESS is a Unix socket, which needs no "
            f"TLS. Set a HOST:PORT there, set {prefix}MTLS_ADDRESS, or leave out the certificate."
        )
    if mesh and mesh == address and not mesh.endswith(":0"):
        problems.append(
            f"{prefix}ADDRESS and {prefix}MTLS_ADDRESS are both {mesh}. One port cannot take both "
            "clients with certificates and those without; choose another one."
        )
    if mesh.startswith(UNIX):
        problems.append(
            f"{prefix}MTLS_ADDRESS is a Unix socket, which takes no certificates; set HOST:PORT."
        )
    return problems


def _wrong_way(prefix: str, values: Mapping[str, Any]) -> list[str]:
    is_encrypted = bool(values["toolrunner_ca"])
    if is_encrypted and UNIX in values["toolrunner"]:
        problem = (
            f"{prefix}TOOLRUNNER_CA is set, and {prefix}TOOLRUNNER is a Unix socket, which needs "
            "no TLS. Set the toolrunner's HOST:PORT, or leave the certificates out."
        )
        return [problem]
    if values["toolrunner_name"] and not is_encrypted:
        problem = (
            f"{prefix}TOOLRUNNER_NAME is set, and {prefix}TOOLRUNNER_CA is not: without TLS no "
            "name is checked. Set both, or neither."
        )
        return [problem]
    return []
