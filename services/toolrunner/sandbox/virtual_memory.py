"""Address space through system calls: mmap(2), mprotect(2), madvise(2), munmap(2).

Python's ``mmap`` can neither map at a fixed address nor reserve inaccessible memory. Addresses and
sizes are in bytes and multiples of the host's page.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from typing import Final

PAGE_BYTES: Final = mmap.PAGESIZE
PROT_NONE: Final = 0
MAP_FIXED: Final = 0x10  # the same on Linux and macOS; missing in the mmap module
MADV_NOHUGEPAGE: Final = 15
FAILED: Final = ctypes.c_void_p(-1).value

_library = ctypes.CDLL(None, use_errno=True)
_mmap = _library.mmap
_mmap.restype = ctypes.c_void_p
_mmap.argtypes = (
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
)
_munmap = _library.munmap
_munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_mprotect = _library.mprotect
_mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_madvise = _library.madvise
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def reserve(size: int) -> int:
    """Reserve ``size`` inaccessible bytes and return their address; raises OSError."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    return _mapped(None, size, PROT_NONE, flags, -1)


def map_copy_on_write(file: int, size: int, address: int) -> None:
    """Map an open file over ``address`` so that writes stay private; raises OSError."""
    protection = mmap.PROT_READ | mmap.PROT_WRITE
    _mapped(address, size, protection, mmap.MAP_PRIVATE | MAP_FIXED, file)


def map_readable(file: int, size: int) -> int:
    """Map an open file read-only and return its address; raises OSError."""
    return _mapped(None, size, mmap.PROT_READ, mmap.MAP_PRIVATE, file)


def permit(address: int, size: int) -> None:
    """Make a range readable and writable; raises OSError."""
    _checked(_mprotect(address, size, mmap.PROT_READ | mmap.PROT_WRITE))


def forbid(address: int, size: int) -> None:
    """Make a range inaccessible; raises OSError."""
    _checked(_mprotect(address, size, PROT_NONE))


def discard(address: int, size: int) -> None:
    """Discard writes to a private range, which then reads as when it was mapped."""
    _checked(_madvise(address, size, mmap.MADV_DONTNEED))


def keep_pages_small(address: int, size: int) -> None:
    """Disable huge pages for a range; a kernel without them may refuse."""
    _madvise(address, size, MADV_NOHUGEPAGE)


def view(address: int, size: int) -> memoryview:
    """Return a view of the bytes of a range; it is valid only as long as they are mapped."""
    return memoryview((ctypes.c_char * size).from_address(address)).cast("B")


def release(address: int, size: int) -> None:
    """Unmap a range; raises OSError."""
    _checked(_munmap(address, size))


def _mapped(address: int | None, size: int, protection: int, flags: int, file: int) -> int:
    mapped: int | None = _mmap(address, size, protection, flags, file, 0)
    if mapped is None or mapped == FAILED:
        raise _last_error()
    return mapped


def _checked(status: int) -> None:
    if status != 0:
        raise _last_error()


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
