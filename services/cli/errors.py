"""The command's errors.

::

    CliError
    ├── UsageError       the command line is wrong, or what it names cannot be read     (exit 2)
    ├── RefusedError     a service refused the request, with the status that it sent    (exit 1, 2)
    ├── UnreachableError no service answers, or one could not be started                (exit 1)
    └── StoppedError     the command was interrupted                                    (exit 130)

Messages are shown unchanged. They say whose fault it is, what is wrong, and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


@dataclass(eq=False)
class CliError(Exception):
    """Base of errors that end the command; ``hints`` are shown below the message, one a line."""

    exit_status: ClassVar[int] = EXIT_FAILED

    message: str
    hints: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the message."""
        return self.message

    @property
    def status(self) -> int:
        """The exit status of the command."""
        return self.exit_status


class UsageError(CliError):
    """The command line is wrong, or what it names cannot be read or used."""

    exit_status = EXIT_USAGE


@dataclass(eq=False)
class RefusedError(CliError):
    """A service refused the request.

    Args:
        reason: the UPPER_SNAKE reason of ``google.rpc.ErrorInfo``, empty when there was none.
        callers_fault: true when the request or the bundle is at fault, not a service.
    """

    reason: str = ""
    callers_fault: bool = False

    @property
    def status(self) -> int:
        """2 when no run can begin with this command or bundle, 1 otherwise."""
        return EXIT_USAGE if self.callers_fault else EXIT_FAILED


class UnreachableError(CliError):
    """No service answers at the address, or it could not be started."""


class StoppedError(CliError):
    """The command was interrupted."""

    exit_status = EXIT_INTERRUPTED
