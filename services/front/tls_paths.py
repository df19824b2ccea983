"""Where the files of TLS are, and what they hold; reading them needs a library, see ``tls_files``.

The command works without that library.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class TlsPaths:
    """Where the files are, all in PEM; empty for those that are not used.

    Attributes:
        certificate: a certificate, followed by those of the authorities between it and the root.
        key: its private key, without a password.
        authorities: the certificates of the authorities that are trusted.
    """

    certificate: str = ""
    key: str = ""
    authorities: str = ""

    @property
    def used(self) -> tuple[str, ...]:
        """The files that are used."""
        return tuple(filter(None, (self.certificate, self.key, self.authorities)))


@dataclass(frozen=True)
class TlsMaterial:
    """The checked content of the files, and when what they hold expires."""

    certificate: bytes | None = None
    key: bytes | None = None
    authorities: bytes | None = None
    certificate_expires: datetime | None = None
    authorities_expire: datetime | None = None

    def __repr__(self) -> str:
        return f"TlsMaterial(expires={self.expires})"  # never the key

    @property
    def expires(self) -> datetime | None:
        """When the first of them expires; None for nothing."""
        known = (self.certificate_expires, self.authorities_expire)
        return min((each for each in known if each is not None), default=None)


class TlsSource(Protocol):
    """What the files hold, whenever it is asked."""

    @property
    def paths(self) -> TlsPaths:
        """Where the files are."""

    def current(self) -> TlsMaterial:
        """Return the content: another object once it has changed, and the same one until then."""


class TlsFileError(Exception):
    """A file of TLS cannot be used; the message names it and says why."""
