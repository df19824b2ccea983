"""The names in a client's certificate, and the patterns that they are compared with.

A pattern is a URI such as ``spiffe://mesh.example/ns/*/sa/executor``, or a DNS name. ``*`` stands
for one or more characters of one segment: it never crosses a ``/``, nor a dot of a DNS name.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

CERTIFICATE: Final = "x509_pem_cert"
SPIFFE: Final = "spiffe://"
MAX_CHARACTERS: Final = 2048
MAX_NAMES: Final = 100
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*://[!-~]+")
_DNS: Final = re.compile(r"[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*")


@dataclass(frozen=True)
class CertificateNames:
    """Who a certificate says that its holder is.

    Attributes:
        uris: its URIs, of which a SPIFFE id must be the only one.
        hosts: its DNS names, in lower case, without wildcards.
        fingerprint: SHA-256 of the certificate, in hexadecimal.
    """

    uris: tuple[str, ...]
    hosts: tuple[str, ...]
    fingerprint: str


def certificate_names(peer: Mapping[str, Iterable[bytes]]) -> CertificateNames | None:
    """Return the names of a peer's certificate, which gRPC has verified; None without one.

    Args:
        peer: what ``context.auth_context()`` returns.
    """
    pem = next(iter(peer.get(CERTIFICATE, ())), b"")
    if not pem:
        return None
    uris = _texts(peer.get("peer_uri", ()))
    if len(uris) != 1:
        uris = tuple(uri for uri in uris if not uri.startswith(SPIFFE))
    hosts = tuple(host.lower() for host in _texts(peer.get("peer_dns", ())) if "*" not in host)
    return CertificateNames(
        tuple(uri for uri in uris if _URI.fullmatch(uri)),
        tuple(host for host in hosts if _DNS.fullmatch(host)),
        hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))).hexdigest(),
    )


def matching_name(pattern: str, names: CertificateNames) -> str | None:
    """Return the first name that matches a pattern; None for none."""
    if "://" in pattern:
        return next((uri for uri in names.uris if _matches(pattern, uri, "/")), None)
    return next((host for host in names.hosts if _matches(pattern, host, ".")), None)


def wrong_pattern(pattern: str) -> str:
    """Return what is wrong with a pattern; empty if nothing is."""
    if not pattern:
        return "it is empty"
    if len(pattern) > MAX_CHARACTERS:
        return f"it has more than {MAX_CHARACTERS} characters"
    form, separator = (_URI, "/") if "://" in pattern else (_DNS, ".")
    if not form.fullmatch(pattern):
        return (
            "it must be a URI such as spiffe://mesh.example/ns/*/sa/backend, or a DNS name in "
            "lower case such as backend.example"
        )
    if any(part.count("*") > 1 for part in pattern.split(separator)):
        return f"it has more than one * between two {separator!r}"
    return ""


def _matches(pattern: str, name: str, separator: str) -> bool:
    wanted, found = pattern.split(separator), name.split(separator)
    return len(wanted) == len(found) and all(map(_part_matches, wanted, found))


def _part_matches(pattern: str, part: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == part
    return len(part) > len(before) + len(after) and part.startswith(before) and part.endswith(after)


def _texts(values: Iterable[bytes]) -> tuple[str, ...]:
    """Return the names; none if there are too many, or one cannot be read."""
    try:
        texts = tuple(value.decode("ascii") for value in values)
    except UnicodeDecodeError:
        return ()
    if len(texts) > MAX_NAMES or any(len(text) > MAX_CHARACTERS for text in texts):
        return ()
    return texts
