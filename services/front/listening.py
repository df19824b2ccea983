"""Listens on an address: refuses one that is in use, and removes only its own Unix socket.

gRPC on its own takes over a Unix socket that another server listens on, and removes whatever is at
its path when it stops. So it gets a private name in the same folder, and the real path becomes a
second link to the socket, created where nothing exists or in place of a socket that nobody listens
on.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import secrets
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

UNIX: Final = "unix:"
MAX_PATH_BYTES: Final = 107
CONNECT_S: Final = 1.0
IN_USE: Final = "it is in use by another process"
ATTEMPTS: Final = 8
UNUSABLE: Final = {
    errno.EADDRNOTAVAIL: "it is not an address of this machine",
    errno.EACCES: "this user may not listen there",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "its folder does not exist",
    errno.EROFS: "its folder is read-only",
}


EVERY_CALLER_IS_TRUSTED: Final = (
    "listening on %s, which other machines may reach: callers are not authenticated, and every "
    "caller is trusted. Let only your own clients connect; see docs/security.md."
)


class AddressError(Exception):
    """A server cannot listen on an address; the message says why."""


@dataclass(frozen=True)
class Listener:
    """An address that a server listens on; ``close`` it once the server has stopped.

    Attributes:
        address: the address, with its real port.
        inode: device and inode of its Unix socket, None for any other address.
    """

    address: str
    inode: tuple[int, int] | None = None

    def close(self) -> None:
        """Remove the Unix socket, unless another server has replaced it."""
        path = Path(self.address.removeprefix(UNIX))
        if self.inode is not None and _inode(path) == self.inode:
            path.unlink(missing_ok=True)


def is_local(address: str) -> bool:
    """Return whether only this machine can connect to ``address``."""
    host = address.rpartition(":")[0].strip("[]")
    if address.startswith(UNIX) or host == "localhost":
        return True
    try:
        return literal_address(host).is_loopback
    except ValueError:
        return False


def literal_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that a host is, that of IPv4 if it is one written as IPv6.

    Raises:
        ValueError: it is a name.
    """
    ip = ipaddress.ip_address(host)
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


def listen(add_port: Callable[[str], int], address: str, *, shared: bool = False) -> Listener:
    """Listen on ``host:port`` or ``unix:/path``.

    Args:
        add_port: gRPC's method that listens on an address and returns its port.
        address: where to listen; port 0 picks a free one.
        shared: other processes of the same service may listen there, too.

    Raises:
        AddressError: it is in use, or cannot be listened on.
    """
    try:
        if address.startswith(UNIX):
            return _listen_on_path(add_port, address)
        host = address.rpartition(":")[0]
        if not shared:
            check_free(host.strip("[]"), int(address.rpartition(":")[2]))
        return Listener(f"{host}:{_port(add_port, address)}")
    except OSError as error:
        why = UNUSABLE.get(error.errno or 0, error.strerror or "no reason is known")
        raise AddressError(why) from None


def _port(add_port: Callable[[str], int], address: str) -> int:
    try:
        port = add_port(address)
    except RuntimeError:
        port = 0
    if not port:
        raise AddressError("gRPC cannot bind it")
    return port


def check_free(host: str, port: int) -> None:
    """Check every address of a host, since gRPC is satisfied with one.

    Raises:
        AddressError: one is in use by another process.
        OSError: none can be listened on.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressError("its host is unknown") from None
    problems = []
    for family, kind, protocol, _, target in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(target)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AddressError(IN_USE) from None
            problems.append(error)
    if len(problems) == len(found):
        raise problems[0]


def _listen_on_path(add_port: Callable[[str], int], address: str) -> Listener:
    path = Path(address.removeprefix(UNIX))
    if not path.name:
        raise AddressError("it is a folder, not the path of a Unix socket")
    own = path.with_name(f".{secrets.token_hex(4)}")
    if max(len(os.fsencode(path)), len(os.fsencode(own))) > MAX_PATH_BYTES:
        raise AddressError(f"a path of a Unix socket has at most {MAX_PATH_BYTES} bytes")
    _make_way(path)
    path.parent.stat()
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise AddressError("its folder is not writable")
    _port(add_port, f"{UNIX}{own}")
    try:
        for _ in range(ATTEMPTS):
            try:
                os.link(own, path)
                return Listener(address, _inode(own))
            except FileExistsError:
                _make_way(path)
    finally:
        own.unlink(missing_ok=True)
    raise AddressError("another process is starting to listen there")


def _make_way(path: Path) -> None:
    """Remove a socket that nobody listens on; raises AddressError for anything else."""
    dead = _inode(path)
    if dead is None:
        return
    if not stat.S_ISSOCK(path.stat(follow_symlinks=False).st_mode):
        raise AddressError("there is a file that is not a socket")
    if _is_live(path):
        raise AddressError(IN_USE)
    # Another server may have replaced it meanwhile, even by a socket with the same inode: check
    # what was moved away again, and put back what is not dead.
    aside = path.with_name(f".{secrets.token_hex(4)}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    try:
        is_dead = _inode(aside) == dead and not _is_live(aside)
    except AddressError:
        is_dead = False
    if not is_dead:
        _put_back(aside, path)
        raise AddressError(IN_USE)
    aside.unlink()


def _is_live(path: Path) -> bool:
    """Tell whether a server listens on a socket; raises AddressError if that cannot be told."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(CONNECT_S)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except PermissionError:
            raise AddressError("there is a socket that this user may not use") from None
        except OSError:
            return True
        return True


def _put_back(aside: Path, path: Path) -> None:
    """Move what was moved away back to its path; if something is there again, that stays."""
    try:
        os.link(aside, path, follow_symlinks=False)
    except FileExistsError:
        if stat.S_ISSOCK(aside.stat(follow_symlinks=False).st_mode):
            aside.unlink()  # its server sees that it was replaced
    except OSError:  # a folder
        aside.rename(path)
    else:
        aside.unlink()


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
