"""Landlock: the kernel forbids the process to open any file or socket.

The three system calls and their structures follow landlock(7) and linux/landlock.h; neither Python
nor the C library wraps them. Their numbers are the same on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

SYS_CREATE_RULESET: Final = 444
SYS_RESTRICT_SELF: Final = 446
CREATE_RULESET_VERSION: Final = 1

# How many access rights each ABI version has, from landlock(7), section VERSIONS.
FILE_RIGHTS_BY_VERSION: Final = {1: 13, 2: 14, 3: 15, 4: 15}
FILE_RIGHTS_LATEST: Final = 16  # version 5 added ioctl on devices
NETWORK_SINCE: Final = 4
NETWORK_RIGHTS: Final = 2  # bind and connect of TCP
SCOPES_SINCE: Final = 6
SCOPES: Final = 2  # abstract Unix sockets, signals


class RulesetAttributes(ctypes.Structure):
    """``struct landlock_ruleset_attr``."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def restrict() -> int:
    """Deny the calling thread and its children every right that this kernel's Landlock knows.

    Threads that already run are not restricted: call this before they start. Requires
    ``no_new_privs``.

    Returns:
        The ABI version.

    Raises:
        OSError: the kernel lacks Landlock, or refuses.
    """
    if sys.platform != "linux":
        raise OSError(0, "this is not Linux")
    library = ctypes.CDLL(None, use_errno=True)
    version = _checked(library.syscall(SYS_CREATE_RULESET, None, 0, CREATE_RULESET_VERSION))
    attributes = attributes_of(version)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    rules = _checked(library.syscall(SYS_CREATE_RULESET, ctypes.byref(attributes), size, 0))
    try:
        _checked(library.syscall(SYS_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)
    return version


def attributes_of(version: int) -> RulesetAttributes:
    """Return a rule set that handles all rights of a version, and so allows none."""
    files = FILE_RIGHTS_BY_VERSION.get(version, FILE_RIGHTS_LATEST)
    return RulesetAttributes(
        handled_access_fs=(1 << files) - 1,
        handled_access_net=(1 << NETWORK_RIGHTS) - 1 if version >= NETWORK_SINCE else 0,
        scoped=(1 << SCOPES) - 1 if version >= SCOPES_SINCE else 0,
    )


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
