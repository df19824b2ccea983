"""Reads from the kernel which pages of a copy-on-write mapping are private copies.

A page that is not private is still the file's own and cannot have been written to. Linux reports
private pages by the ioctl PAGEMAP_SCAN (6.7) or in /proc/self/pagemap; see the kernel's
Documentation/admin-guide/mm/pagemap.rst and include/uapi/linux/fs.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import struct
from typing import Final, NamedTuple

from services.toolrunner.sandbox.virtual_memory import PAGE_BYTES

PAGE_MAP: Final = "/proc/self/pagemap"
PAGEMAP_SCAN: Final = 0xC0606610  # _IOWR('f', 16, struct pm_scan_arg)
PAGE_IS_FILE: Final = 1 << 2
PAGE_IS_PRESENT: Final = 1 << 3
PAGE_IS_SWAPPED: Final = 1 << 4
ENTRY_FILE: Final = 1 << 61
ENTRY_SWAPPED: Final = 1 << 62
ENTRY_PRESENT: Final = 1 << 63
MAX_RANGES: Final = 1024
"""The most ranges to report; a mapping with more is not worth resetting."""


class Range(NamedTuple):
    """Adjacent pages: the address of the first, and their size in bytes."""

    address: int
    size: int


class ScanArguments(ctypes.Structure):
    """``struct pm_scan_arg``."""

    _fields_ = (
        ("size", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
        ("start", ctypes.c_uint64),
        ("end", ctypes.c_uint64),
        ("walk_end", ctypes.c_uint64),
        ("vec", ctypes.c_uint64),
        ("vec_len", ctypes.c_uint64),
        ("max_pages", ctypes.c_uint64),
        ("category_inverted", ctypes.c_uint64),
        ("category_mask", ctypes.c_uint64),
        ("category_anyof_mask", ctypes.c_uint64),
        ("return_mask", ctypes.c_uint64),
    )


class PageRegion(ctypes.Structure):
    """``struct page_region``."""

    _fields_ = (
        ("start", ctypes.c_uint64),
        ("end", ctypes.c_uint64),
        ("categories", ctypes.c_uint64),
    )


class PrivatePages:
    """Reports private pages; create it before the jail, which forbids opening files.

    Args:
        scans: whether to try the faster way of newer kernels first.
    """

    def __init__(self, *, scans: bool = True) -> None:
        self._file: int | None = None
        with contextlib.suppress(OSError):
            self._file = os.open(PAGE_MAP, os.O_RDONLY | os.O_CLOEXEC)
        self._library = ctypes.CDLL(None, use_errno=True)
        self._regions = (PageRegion * MAX_RANGES)()
        self._scans = scans
        if self._file is not None and self.within(*_own_page()) is None:
            self.close()

    def __repr__(self) -> str:
        """Show which method works here."""
        way = "none" if self._file is None else "scan" if self._scans else "read"
        return f"PrivatePages(way={way})"

    @property
    def known(self) -> bool:
        """Whether this machine reports private pages."""
        return self._file is not None

    def close(self) -> None:
        """Close the kernel's file; nothing is reported afterwards."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def within(self, address: int, size: int) -> list[Range] | None:
        """Return the ranges of private pages in a mapping, None where they are unknown.

        None also stands for more than MAX_RANGES of them.
        """
        if self._file is None:
            return None
        if self._scans:
            try:
                return self._scan(self._file, address, size)
            except OSError:
                self._scans = False  # an older kernel
        try:
            return self._read(self._file, address, size)
        except OSError:
            return None

    def _scan(self, file: int, address: int, size: int) -> list[Range] | None:
        wanted = ScanArguments(
            size=ctypes.sizeof(ScanArguments),
            start=address,
            end=address + size,
            vec=ctypes.addressof(self._regions),
            vec_len=MAX_RANGES,
            category_inverted=PAGE_IS_FILE,
            category_mask=PAGE_IS_FILE,
            category_anyof_mask=PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
            return_mask=PAGE_IS_FILE,
        )
        found = self._library.ioctl(file, ctypes.c_ulong(PAGEMAP_SCAN), ctypes.byref(wanted))
        if found < 0:
            raise OSError(ctypes.get_errno(), "the kernel does not scan page maps")
        if found == MAX_RANGES:
            return None
        return [Range(each.start, each.end - each.start) for each in self._regions[:found]]

    def _read(self, file: int, address: int, size: int) -> list[Range] | None:
        entry = struct.calcsize("Q")
        wanted = size // PAGE_BYTES * entry
        entries = os.pread(file, wanted, address // PAGE_BYTES * entry)
        if len(entries) != wanted:
            raise OSError(0, "the kernel reports fewer pages than there are")
        ranges: list[Range] = []
        for number, (flags,) in enumerate(struct.iter_unpack("Q", entries)):
            if flags & ENTRY_FILE or not flags & (ENTRY_PRESENT | ENTRY_SWAPPED):
                continue
            at = address + number * PAGE_BYTES
            if ranges and ranges[-1].address + ranges[-1].size == at:
                ranges[-1] = Range(ranges[-1].address, ranges[-1].size + PAGE_BYTES)
            else:
                ranges.append(Range(at, PAGE_BYTES))
        return ranges if len(ranges) < MAX_RANGES else None


def faults_of_this_thread() -> int:
    """Return how many page faults this thread has had.

    No page becomes private without one, so while the number is unchanged, so are the private pages.
    """
    used = resource.getrusage(resource.RUSAGE_THREAD)
    return used.ru_minflt + used.ru_majflt


def _own_page() -> Range:
    """Return a page of this process, to test the kernel's answers on."""
    here = ctypes.addressof(ctypes.create_string_buffer(1))
    return Range(here - here % PAGE_BYTES, PAGE_BYTES)
