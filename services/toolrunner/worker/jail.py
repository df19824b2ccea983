"""What a worker gives up once it is ready: privileges, system calls, resources.

Each part is applied on its own and reported, so that a machine that lacks one still runs with the
others; ``caisson doctor`` shows the report. Linux only: prctl(2), seccomp(2), setrlimit(2).
"""

from __future__ import annotations

import ctypes
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_NO_NEW_PRIVS: Final = 38

# What a worker needs after its start: memory, its open descriptors, clocks, signals, its threads'
# locks, and memfd with fcntl and ftruncate, from which wasmtime makes copy-on-write images.
ALLOWED_CALLS: Final = (
    "mmap", "munmap", "mprotect", "madvise", "mremap", "brk", "futex", "memfd_create", "ftruncate",
    "fcntl", "read", "readv", "write", "writev", "pread64", "pwrite64", "sendto", "recvfrom",
    "sendmsg", "recvmsg", "close", "fstat", "newfstatat", "lseek", "poll", "ppoll", "select",
    "pselect6", "epoll_wait", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday", "getrandom", "getpid",
    "gettid", "sched_yield", "restart_syscall", "exit", "exit_group", "rseq",
)  # fmt: skip
ERRNO_EPERM: Final = 1


@dataclass(frozen=True)
class JailReport:
    """Parts that hold, and parts that do not with the reason."""

    held: tuple[str, ...]
    missing: tuple[str, ...]


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends (Linux only)."""
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def enter(max_descriptors: int) -> JailReport:
    """Give up what is not needed any more; call when every thread runs and every file is read.

    Args:
        max_descriptors: open files that the process may have from now on.
    """
    parts: dict[str, Callable[[], None]] = {
        "rlimits": lambda: _limit_resources(max_descriptors),
        "no_new_privs": lambda: _prctl(PR_SET_NO_NEW_PRIVS, 1),
        "not_dumpable": lambda: _prctl(PR_SET_DUMPABLE, 0),
        "seccomp": _filter_system_calls,
    }
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


def _limit_resources(max_descriptors: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max_descriptors if hard == resource.RLIM_INFINITY else min(max_descriptors, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))


def _filter_system_calls() -> None:
    # Imported here because the library behind it is missing on some machines, which is then
    # reported as a part of the jail that does not hold.
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(ERRNO_EPERM))
    for name in ALLOWED_CALLS:
        rules.add_rule(pyseccomp.ALLOW, name)
    rules.load()
