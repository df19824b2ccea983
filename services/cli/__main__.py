"""Starts the ``caisson`` command; Ctrl-C shows no traceback while its modules are loaded."""

from __future__ import annotations

import signal
import sys
from importlib import import_module

COMMAND = "services.cli.command"


def main() -> None:
    """Run the command line and exit with its status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # there is nothing to clean up yet
    command = import_module(COMMAND)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    status = command.run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # nor is there any more
    sys.exit(status)


if __name__ == "__main__":
    main()
