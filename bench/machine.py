"""Describes the machine of a measurement."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("wasmtime", "grpcio", "protobuf", "litellm", "esprima-fork", "tree-sitter", "llmock")


def describe() -> dict[str, object]:
    """Return processor, cores, memory, system and versions."""
    return {
        "measure": "machine",
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memoryMiB": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "load1m": round(os.getloadavg()[0], 2),
        "versions": {name: version_of(name) for name in LIBRARIES},
    }


def cpu_model() -> str:
    """Return the processor's name, as reported by the kernel."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Processor"}:
            return value.strip()
    return platform.processor() or "unknown"


def version_of(name: str) -> str:
    """Return a library's version, or that it is missing."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
