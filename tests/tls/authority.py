"""An authority of certificates for tests, and the files that services read."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
LOOPBACK = "127.0.0.1"
EXECUTOR = "spiffe://mesh.example/ns/prod/sa/executor"
BACKEND = "spiffe://mesh.example/ns/prod/sa/backend"


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """An authority that signs certificates."""

    def __init__(self, name: str = "authority") -> None:
        self.name = name
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(self._key, self._name, DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.pem = made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def sign(
        self,
        *names: str,
        lasts: timedelta = DAY,
        begins: timedelta = -DAY,
        key: CertificateIssuerPrivateKeyTypes | None = None,
    ) -> Pair:
        """Return a certificate with these URIs, addresses and DNS names."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
        made = self._builder(key, subject, lasts, begins)
        given = x509.SubjectAlternativeName([_general(name) for name in names])
        made = made.add_extension(given, critical=False)
        return Pair(
            made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        )

    def _builder(
        self,
        key: CertificateIssuerPrivateKeyTypes,
        subject: x509.Name,
        lasts: timedelta,
        begins: timedelta = -DAY,
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now + begins, now + lasts - DAY))
            .not_valid_after(now + lasts)
        )


def _general(name: str) -> x509.GeneralName:
    if "://" in name:
        return x509.UniformResourceIdentifier(name)
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass(frozen=True)
class Files:
    """The files of one party, in a folder of their own."""

    folder: Path

    @property
    def certificate(self) -> str:
        return str(self.folder / "tls.crt")

    @property
    def key(self) -> str:
        return str(self.folder / "tls.key")

    @property
    def authorities(self) -> str:
        return str(self.folder / "ca.crt")

    def write(self, pair: Pair | None = None, authorities: bytes | None = None) -> Files:
        """Replace what is given, each file in one step."""
        self.folder.mkdir(exist_ok=True)
        if pair is not None:
            replace(self.certificate, pair.certificate)
            replace(self.key, pair.key)
        if authorities is not None:
            replace(self.authorities, authorities)
        return self


def replace(path: str, content: bytes) -> None:
    """Replace a file in one step."""
    beside = Path(f"{path}.new")
    beside.write_bytes(content)
    os.replace(beside, path)  # noqa: PTH105 - both paths are texts
