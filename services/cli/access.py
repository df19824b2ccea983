"""How the command reaches an executor: in plain text or over TLS, and with which credential."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Final, Self

from services.cli.errors import UsageError
from services.front.bounded_file import FileError, content_within
from services.front.listening import is_local
from services.front.tls_paths import TlsPaths

PUBLIC: Final = "public"
MAX_FILE_BYTES: Final = 1024 * 1024
MAX_KEY_CHARACTERS: Final = 16 * 1024


@dataclass(frozen=True)
class Access:
    """How a server is reached.

    Attributes:
        files: our certificate and key, and the authorities that are trusted; None for plain text.
        public: trust the authorities of the public web instead.
        api_key: the credential of every request; empty for none.
    """

    files: TlsPaths | None = None
    public: bool = False
    api_key: str = field(default="", repr=False)


PLAIN: Final = Access()


class Server(str):
    """The address of a server, with how it is reached; any other address is reached in plain text.

    It is a text, so that whatever shows or passes on an address need not know of this.
    """

    __slots__ = ("access",)

    access: Access

    def __new__(cls, address: str, access: Access = PLAIN) -> Self:
        """Return the address with its access."""
        made = super().__new__(cls, address)
        made.access = access
        return made


def access_of(address: str) -> Access:
    """Return how an address is reached."""
    return address.access if isinstance(address, Server) else PLAIN


def server_of(
    address: str, ca: str, certificate: str, key: str, api_key: str, api_key_file: str
) -> Server:
    """Return the server that options name.

    Args:
        address: of the server; empty for none.
        ca: file of the authorities that are trusted, or ``public``; empty for plain text.
        certificate: file of the client's certificate; empty for none.
        key: file of its key.
        api_key: the credential; empty for none.
        api_key_file: a file that has the credential instead.

    Raises:
        UsageError: the options do not go together, or a file cannot be used.
    """
    if not address:
        return Server("")
    if bool(certificate) != bool(key):
        raise UsageError("--cert and --key belong together: give both, or neither.")
    if certificate and not ca:
        raise UsageError("--cert needs --ca, the authorities of the server's certificate.")
    if ca and address.startswith("unix:"):
        raise UsageError("--ca is for HOST:PORT; a Unix socket needs no TLS.")
    credential = _credential(api_key_file) if api_key_file else _checked(api_key, "CAISSON_API_KEY")
    if credential and not ca and not is_local(address):
        raise UsageError(
            f"The API key is not sent in plain text to {address}, where others could read it. "
            "Give --ca FILE to use TLS, or --ca public if its certificate is one of the public web."
        )
    if not ca:
        return Server(address, Access(api_key=credential))
    files = TlsPaths(certificate, key, "" if ca == PUBLIC else ca)
    _check(files)
    return Server(address, Access(files, ca == PUBLIC, credential))


def content_of(path: str) -> bytes | None:
    """Return the content of a file; None where none is named.

    Raises:
        UsageError: it cannot be read, or is too large.
    """
    if not path:
        return None
    try:
        return content_within(path, MAX_FILE_BYTES)
    except FileError as error:
        raise UsageError(f"{path} {error}.") from None


def _credential(path: str) -> str:
    content = content_of(path) or b""
    try:
        found = _checked(content.decode("ascii"), path)
    except UnicodeDecodeError:
        raise UsageError(f"{path} has no API key: it is not ASCII text.") from None
    if not found:
        raise UsageError(f"{path} has no API key: it is empty.")
    return found


def _checked(text: str, where: str) -> str:
    """Return a credential without the white space around it; the message never shows it."""
    key = text.strip()
    if len(key) > MAX_KEY_CHARACTERS:
        raise UsageError(f"{where} has no API key: it is longer than any.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(f"{where} has no API key: it must be one word of printable ASCII.")
    return key


def _check(files: TlsPaths) -> None:
    """Check that the files can be used; raises UsageError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for path in files.used:
        content_of(path)
    try:
        if files.authorities:
            context.load_verify_locations(files.authorities)
    except (ssl.SSLError, OSError):
        raise UsageError(f"{files.authorities} has no certificate in PEM.") from None
    try:
        if files.certificate:
            # Without a password here, OpenSSL would ask for one at the terminal.
            context.load_cert_chain(files.certificate, files.key, password="")
    except (ssl.SSLError, OSError, ValueError):
        raise UsageError(
            f"{files.certificate} and {files.key} are not a certificate and its key, in PEM and "
            "without a password."
        ) from None
