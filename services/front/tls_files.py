"""The files of TLS: read together, checked before use, and read again once they change.

A rotation replaces files that are in use, one after another, and may be caught halfway. So a
certificate counts only with its key; until both are right, the ones before stay in use, and the log
says so once. Authorities count by themselves: one that is taken away is not trusted any more, even
if the certificate beside it is broken.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from services.front.bounded_file import FileError, content_within
from services.front.tls_paths import TlsFileError, TlsMaterial, TlsPaths

logger = logging.getLogger(__name__)

MAX_FILE_BYTES: Final = 1024 * 1024
CURVES: Final = ("secp256r1", "secp384r1")
RSA_BITS: Final = 2048
SETTLED_NS: Final = 1_000_000_000
"""How old a change must be: two within one tick of the file system's clock look like one."""


class TlsFiles:
    """A set of files, whose content is replaced while they are in use; any thread may ask.

    Args:
        paths: where they are.
        owner: whose they are, for the log, such as ``the executor's server``.

    Raises:
        TlsFileError: they cannot be used.
    """

    def __init__(self, paths: TlsPaths, owner: str) -> None:
        self._paths = paths
        self._owner = owner
        self._lock = threading.Lock()
        self._seen = self._state()
        self._material = read_material(paths)
        self._fault = ""
        self._said_expired = False

    def __repr__(self) -> str:
        return f"TlsFiles({', '.join(self._paths.used)}, {self._material!r})"

    @property
    def paths(self) -> TlsPaths:
        """Where the files are."""
        return self._paths

    def current(self) -> TlsMaterial:
        """Return the content: another object once it has changed, and the same one until then."""
        with self._lock:
            state = self._state()
            if state != self._seen or self._is_recent(state):
                self._seen = state
                self._read()
            self._note_expiry()
            return self._material

    def _read(self) -> None:
        """Take what the files hold now, or keep what they held, and say so once."""
        found, faults = self._material, []
        for part in (_with_certificate, _with_authorities):
            try:
                found = part(found, self._paths)
            except TlsFileError as error:
                faults.append(str(error))
        if found != self._material:
            logger.warning("%s uses the new content of its certificate files", self._owner)
            self._material, self._said_expired = found, False
        elif self._fault and not faults:
            logger.warning("%s: its certificate files are right again", self._owner)
        fault = "; ".join(faults)
        if fault and fault != self._fault:
            logger.warning("%s keeps the certificates it has: %s", self._owner, fault)
        self._fault = fault

    def _note_expiry(self) -> None:
        expires = self._material.expires
        if expires is not None and expires <= datetime.now(UTC) and not self._said_expired:
            self._said_expired = True
            logger.warning(
                "%s: a certificate in use has expired; replace the file, no restart is needed",
                self._owner,
            )

    def _state(self) -> tuple[tuple[int, int, int, int] | None, ...]:
        """Return what changes when a file does; a link is followed, as secrets are mounted."""
        return tuple(_state_of(path) for path in self._paths.used)

    def _is_recent(self, state: tuple[tuple[int, int, int, int] | None, ...]) -> bool:
        latest = max((each[2] for each in state if each is not None), default=0)
        return abs(time.time_ns() - latest) < SETTLED_NS


def read_material(paths: TlsPaths) -> TlsMaterial:
    """Read and check the files; raises TlsFileError."""
    return _with_authorities(_with_certificate(TlsMaterial(), paths), paths)


def _with_certificate(material: TlsMaterial, paths: TlsPaths) -> TlsMaterial:
    """Return ``material`` with the certificate and key that are in the files."""
    if not paths.certificate:
        return material
    now = datetime.now(UTC)
    certificate, key = _read(paths.certificate), _read(paths.key)
    chain = _certificates(certificate, paths.certificate)
    for each in chain:
        _check_dates(each, paths.certificate, now)
    _check_kind(chain[0].public_key(), paths.certificate)
    if _public(chain[0].public_key()) != _public(_key(key, paths.key).public_key()):
        raise TlsFileError(f"{paths.key} is not the key of the certificate {paths.certificate}")
    expires = min(each.not_valid_after_utc for each in chain)
    return replace(material, certificate=certificate, key=key, certificate_expires=expires)


def _with_authorities(material: TlsMaterial, paths: TlsPaths) -> TlsMaterial:
    """Return ``material`` with the authorities that are in the file."""
    if not paths.authorities:
        return material
    authorities = _read(paths.authorities)
    trusted = _certificates(authorities, paths.authorities)
    expire = max(each.not_valid_after_utc for each in trusted)
    if expire <= datetime.now(UTC):
        raise TlsFileError(f"{paths.authorities} has only certificates that have expired")
    return replace(material, authorities=authorities, authorities_expire=expire)


def _read(path: str) -> bytes:
    try:
        return content_within(path, MAX_FILE_BYTES)
    except FileError as error:
        raise TlsFileError(f"{path} {error}") from None


def _certificates(content: bytes, path: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError:
        raise TlsFileError(f"{path} has no certificate in PEM that can be read") from None


def _key(content: bytes, path: str) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(content, password=None)
    except TypeError:
        raise TlsFileError(f"{path} is a key with a password; remove the password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise TlsFileError(f"{path} has no private key in PEM that can be read") from None


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _check_kind(key: object, path: str) -> None:
    """Refuse keys with which gRPC makes no connection, or that are too short."""
    is_curve = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES
    is_long = isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS
    if not is_curve and not is_long:
        raise TlsFileError(
            f"{path} has a certificate with a key that cannot be used here: it must be of the "
            f"elliptic curve P-256 or P-384, or RSA with at least {RSA_BITS} bits"
        )


def _check_dates(certificate: x509.Certificate, path: str, now: datetime) -> None:
    if certificate.not_valid_after_utc <= now:
        when = f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        raise TlsFileError(f"{path} has a certificate that expired on {when}")
    if certificate.not_valid_before_utc > now:
        when = f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        raise TlsFileError(f"{path} has a certificate that is valid only from {when}")


def _state_of(path: str) -> tuple[int, int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - at every connection
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
