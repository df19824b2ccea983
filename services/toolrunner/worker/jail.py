"""The jail of a worker: it drops privileges, system calls, files and resources once ready.

Each part is applied and reported on its own, so that a machine that lacks one still runs with the
others; ``caisson doctor`` and the health service show the report. Linux only: prctl(2), seccomp(2),
landlock(7), setrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from services.toolrunner.sandbox.private_pages import PAGEMAP_SCAN
from services.toolrunner.worker import landlock

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_NO_NEW_PRIVS: Final = 38
PROT_EXEC: Final = 4
PROTECTION_ARGUMENT: Final = 2  # of mmap(2) and mprotect(2)
REQUEST_ARGUMENT: Final = 1  # of ioctl(2)
ALL_BITS: Final = 2**32 - 1

# What a worker needs after its start: memory, its open descriptors, clocks, signal masks, locks,
# and memfd with fcntl and ftruncate for the images of programs.
ALLOWED_CALLS: Final = (
    "munmap", "madvise", "mremap", "brk", "futex", "memfd_create", "ftruncate", "fcntl",
    "read", "readv", "write", "writev", "pread64", "pwrite64", "sendto", "recvfrom",
    "sendmsg", "recvmsg", "close", "fstat", "lseek", "poll", "ppoll", "select", "pselect6",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday", "getrandom", "getpid",
    "gettid", "getrusage", "sched_yield", "restart_syscall", "exit", "exit_group", "rseq",
)  # fmt: skip
# Nothing may become executable any more: the guest is already compiled.
ALLOWED_PROTECTIONS: Final = (("mmap", PROT_EXEC, 0), ("mprotect", PROT_EXEC, 0))
ERRNO_EPERM: Final = 1

MAX_DESCRIPTORS: Final = 4096
# Resources that a worker needs none of. NICE stays unchanged: the front may need it to raise a
# priority that it lowered, and a worker cannot call setpriority(2).
NONE_OF: Final = ("CORE", "MEMLOCK", "MSGQUEUE", "RTPRIO", "SIGPENDING")


class SystemCallFilter(Protocol):
    """A seccomp filter, built but not loaded yet."""

    def load(self) -> None:
        """Load it; raises OSError."""


@dataclass(frozen=True)
class JailReport:
    """Parts that hold, and parts that do not, with the reason."""

    held: tuple[str, ...]
    missing: tuple[str, ...]


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends (Linux only)."""
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def confine(work: Callable[[], None], stack_bytes: int) -> JailReport:
    """Start ``work`` in a thread with its own stack size, and jail this process with both threads.

    ``work`` starts once the jail is complete. Open and import everything needed before.
    """
    filters: list[SystemCallFilter] = []
    before = _apply(
        {
            "seccomp": lambda: filters.append(_system_call_filter()),
            "environment": os.environ.clear,
            "rlimits": _limit_resources,
            "no_new_privs": lambda: _prctl(PR_SET_NO_NEW_PRIVS, 1),
            "not_dumpable": lambda: _prctl(PR_SET_DUMPABLE, 0),
            "landlock": landlock.restrict,
        }
    )
    jailed = threading.Event()
    thread = threading.Thread(target=_work_when_jailed, args=(jailed, work), daemon=True)
    default = threading.stack_size(stack_bytes)
    thread.start()
    threading.stack_size(default)
    after = _apply({"seccomp": filters[0].load} if filters else {})
    jailed.set()
    held = tuple(part for part in before.held if part != "seccomp")
    return JailReport(held + after.held, before.missing + after.missing)


def _work_when_jailed(jailed: threading.Event, work: Callable[[], None]) -> None:
    jailed.wait()
    work()


def _apply(parts: Mapping[str, Callable[[], object]]) -> JailReport:
    held: list[str] = []
    missing: list[str] = []
    for name, apply in parts.items():
        try:
            apply()
        except (OSError, ImportError, RuntimeError, ValueError) as error:
            missing.append(f"{name}: {_reason(error)}")
        else:
            held.append(name)
    return JailReport(tuple(held), tuple(missing))


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__ if not str(error) else str(error)[:200]


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        raise OSError(0, "this is not Linux")
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option} was refused (errno {number})")


def _limit_resources() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(MAX_DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    for name in NONE_OF:
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is not None:
            resource.setrlimit(number, (0, 0))


def _system_call_filter() -> SystemCallFilter:
    """Return a filter that refuses all but the listed calls in all threads of this process."""
    # Imported here because its native library is missing on some machines; the jail report then
    # lists it as a part that does not hold.
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(ERRNO_EPERM))
    rules.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)
    for name in ALLOWED_CALLS:
        rules.add_rule(pyseccomp.ALLOW, name)
    for name, mask, value in ALLOWED_PROTECTIONS:
        protection = pyseccomp.Arg(PROTECTION_ARGUMENT, pyseccomp.MASKED_EQ, mask, value)
        rules.add_rule(pyseccomp.ALLOW, name, protection)
    # Pages that a call wrote to, of the worker's own memory, whose page map is already open.
    request = pyseccomp.Arg(REQUEST_ARGUMENT, pyseccomp.MASKED_EQ, ALL_BITS, PAGEMAP_SCAN)
    rules.add_rule(pyseccomp.ALLOW, "ioctl", request)
    loaded: SystemCallFilter = rules
    return loaded
