"""Where the files of TLS are."""

from __future__ import annotations

from dataclasses import dataclass


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
