# The payloads are system calls, not paths to be handled well.
# ruff: noqa: PTH101, PTH102, PTH108, PTH116, PTH208, PTH211
"""Run by test_jail.py as a process of its own: enters the worker's jail and then attacks it.

Prints one JSON object: the jail's report, and for each payload and thread how it ended: "refused"
with the error's name, or what it got.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import mmap
import os
import resource
import signal
import socket
import sys
import termios
import threading
from collections.abc import Callable

from services.toolrunner.worker import jail

LIBRARY = ctypes.CDLL(None, use_errno=True)
PARENT = os.getppid()
HERE = os.getpid()
STACK_BYTES = 16 * 1024 * 1024
# Numbers of x86-64 and of arm64, from the kernel's tables of system calls.
NUMBERS = {
    "x86_64": {
        "ptrace": 101, "bpf": 321, "io_uring_setup": 425, "userfaultfd": 323, "keyctl": 250,
        "process_vm_readv": 310, "process_vm_writev": 311, "unshare": 272, "mount": 165,
        "pidfd_open": 434, "clone3": 435, "perf_event_open": 298, "execveat": 322, "setns": 308,
        "open_by_handle_at": 304, "init_module": 175, "kexec_load": 246, "personality": 135,
        "prctl": 157, "seccomp": 317, "name_to_handle_at": 303, "shmget": 29, "tgkill": 234,
    },
    "aarch64": {
        "ptrace": 117, "bpf": 280, "io_uring_setup": 425, "userfaultfd": 282, "keyctl": 219,
        "process_vm_readv": 270, "process_vm_writev": 271, "unshare": 97, "mount": 40,
        "pidfd_open": 434, "clone3": 435, "perf_event_open": 241, "execveat": 281, "setns": 268,
        "open_by_handle_at": 265, "init_module": 105, "kexec_load": 104, "personality": 92,
        "prctl": 167, "seccomp": 277, "name_to_handle_at": 264, "shmget": 194, "tgkill": 131,
    },
}  # fmt: skip


def system_call(name: str) -> Callable[[], object]:
    """A payload that makes one system call with harmless arguments."""

    def payload() -> object:
        result = LIBRARY.syscall(NUMBERS[os.uname().machine][name], 0, 0, 0, 0, 0, 0)
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    return payload


def executable_memory() -> object:
    return mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def make_memory_executable(protection: int) -> object:
    page = mmap.mmap(-1, 4096)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    if LIBRARY.mprotect(ctypes.c_void_p(address), 4096, protection) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")
    return "code"


def push_into_terminal() -> object:
    return fcntl.ioctl(0, termios.TIOCSTI, b"x")


def start_thread() -> object:
    threading.Thread(target=print).start()
    return "a thread"


def raise_limit() -> object:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def existing_names() -> object:
    """Whether files can at least be seen."""
    os.stat("/etc/passwd")
    return "a file's status"


PAYLOADS: dict[str, Callable[[], object]] = {
    "open": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "create": lambda: os.open("/tmp/caisson-jail-test", os.O_CREAT | os.O_WRONLY),
    "own_memory": lambda: os.open("/proc/self/mem", os.O_RDWR),
    "list": lambda: os.listdir("/"),
    "status": existing_names,
    "unlink": lambda: os.unlink("/tmp/caisson-jail-test"),
    "mkdir": lambda: os.mkdir("/tmp/caisson-jail-folder"),
    "symlink": lambda: os.symlink("/etc", "/tmp/caisson-jail-link"),
    "chdir": lambda: os.chdir("/"),
    "chmod": lambda: os.chmod("/tmp", 0o777),
    "tcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "udp": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "pair": socket.socketpair,
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "fork": os.fork,
    "exec": lambda: os.execv("/bin/sh", ["sh", "-c", "true"]),
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "pipe": os.pipe,
    "kill_parent": lambda: os.kill(PARENT, signal.SIGKILL),
    "kill_all": lambda: os.kill(-1, signal.SIGKILL),
    "kill_self": lambda: os.kill(HERE, signal.SIGKILL),
    "thread": start_thread,
    "setuid": lambda: os.setuid(12345),
    "rlimit": raise_limit,
    "priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, -5),
    "executable_memory": executable_memory,
    "code": lambda: make_memory_executable(mmap.PROT_READ | mmap.PROT_EXEC),
    "writable_code": lambda: make_memory_executable(
        mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    ),
    "terminal_input": push_into_terminal,
    "other_ioctl": lambda: fcntl.ioctl(1, termios.FIOCLEX),
    **{name: system_call(name) for name in NUMBERS["x86_64"]},
}


def attack() -> dict[str, str]:
    """Try every payload in the calling thread."""
    outcomes: dict[str, str] = {}
    for name, payload in PAYLOADS.items():
        try:
            got = payload()
        except (OSError, RuntimeError, ValueError) as error:
            outcomes[name] = f"refused {type(error).__name__}"
        else:
            outcomes[name] = f"got {got!r}"
    return outcomes


def open_descriptors() -> list[int]:
    """The descriptors that are open."""
    found = []
    for number in range(256):
        try:
            fcntl.fcntl(number, fcntl.F_GETFD)
        except OSError:
            continue
        found.append(number)
    return found


def main() -> None:
    """Enter the jail, attack it from both threads, print what came of it."""
    outcomes: dict[str, dict[str, str]] = {}
    finished = threading.Event()
    environment = dict(os.environ)

    def work() -> None:
        outcomes["work"] = attack()
        finished.set()

    report = jail.confine(work, STACK_BYTES)
    finished.wait()
    outcomes["main"] = attack()
    print(
        json.dumps(
            {
                "held": report.held,
                "missing": report.missing,
                "outcomes": outcomes,
                "environment_before": len(environment),
                "environment": dict(os.environ),
                "descriptors": open_descriptors(),
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
