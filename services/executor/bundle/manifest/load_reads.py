"""What a manifest tells of the values and files that a bundle reads, in calls and at load."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import Thunk
from services.executor.bundle.reach.tool_reach import LoadRead, ToolReach
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import Diagnostic, Severity
from services.executor.env_kinds import is_key, may_be_secret

PATH = "env."
_OWN_LOAD = "A run that is given it loads the bundle for itself"
_COMPUTED = (
    "a variable whose name is computed is read while the bundle loads: grant it with --env, or "
    f"--secret for a key. {_OWN_LOAD}"
)
MAX_FILES = 4
_NO_FILE = (
    "the sandbox's disk is empty (ENOENT). Let the bundler put its content in the bundle, as with "
    "a loader for texts"
)


def say_load_reads(reach: ToolReach, diagnostics: Diagnostics) -> None:
    """Say which variables are read, which of them the load fails without, and how to grant them."""
    for read in reach.reads_at_load():
        severity = Severity.WARNING if read.fails_in else Severity.INFO
        path = f"{PATH}{read.name}" if read.name else ""
        diagnostics.put(Diagnostic(severity, path, _reason(read), read.line, read.column))


def say_files_at_load(reach: ToolReach, diagnostics: Diagnostics) -> None:
    """Say which files the bundle reads while it loads: none of them is in the sandbox."""
    for read in reach.files_at_load()[:MAX_FILES]:
        severity = Severity.WARNING if read.fails else Severity.INFO
        fails = ", which fails there without it" if read.fails else ""
        reason = f"the file `{read.name}` is read while the bundle loads{fails}: {_NO_FILE}"
        diagnostics.put(Diagnostic(severity, "files", reason, read.line, read.column))


def say_files(reach: ToolReach, execute: Thunk | None, path: str, diagnostics: Diagnostics) -> None:
    """Say which files a tool's calls read, just after its reach was read."""
    for read in reach.files_of(execute)[:MAX_FILES]:
        severity = Severity.WARNING if read.fails else Severity.INFO
        reason = f"it reads the file `{read.name}`: {_NO_FILE}"
        diagnostics.put(Diagnostic(severity, f"{path}.execute", reason, read.line, read.column))


def _reason(read: LoadRead) -> str:
    if not read.name:
        return _COMPUTED
    fails = f", which fails in line {read.fails_in} without it" if read.fails_in else ""
    return f"{read.name} is read while the bundle loads{fails}: {_how(read)}. {_OWN_LOAD}"


def _how(read: LoadRead) -> str:
    if read.is_address or not may_be_secret(read.name):
        return f"grant it with --env {read.name}"
    secret = f"--secret {read.name}@HOST"
    if is_key(read.name):
        return f"grant it with {secret}, or --env {read.name} if it is no secret"
    return f"grant it with --env {read.name}, or {secret} if it is a key"
