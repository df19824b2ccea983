"""What a manifest tells of the environment that a bundle reads while it loads."""

from __future__ import annotations

from services.executor.bundle.reach.tool_reach import LoadRead, ToolReach
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import Diagnostic, Severity
from services.executor.env_kinds import may_be_secret

PATH = "env."
_OWN_LOAD = "A run that is given it loads the bundle for itself"
_COMPUTED = (
    "a variable whose name is computed is read while the bundle loads: grant it with --env, or "
    f"--secret for a key. {_OWN_LOAD}"
)


def say_load_reads(reach: ToolReach, diagnostics: Diagnostics) -> None:
    """Say which variables are read, which of them the load fails without, and how to grant them."""
    for read in reach.reads_at_load():
        severity = Severity.WARNING if read.fails_in else Severity.INFO
        path = f"{PATH}{read.name}" if read.name else ""
        diagnostics.put(Diagnostic(severity, path, _reason(read), read.line, read.column))


def _reason(read: LoadRead) -> str:
    if not read.name:
        return _COMPUTED
    fails = f", which fails in line {read.fails_in} without it" if read.fails_in else ""
    return f"{read.name} is read while the bundle loads{fails}: {_how(read)}. {_OWN_LOAD}"


def _how(read: LoadRead) -> str:
    if read.is_address or not may_be_secret(read.name):
        return f"grant it with --env {read.name}"
    return f"grant it with --secret {read.name}@HOST, or --env {read.name} if it is no secret"
