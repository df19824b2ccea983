"""Runs a service's main module for as long as the process that started it lives.

``python -m services.cli.tether MODULE ...`` runs MODULE as ``python -m MODULE ...`` would, and
sends itself SIGTERM when its standard input closes. That happens whenever the parent ends, even by
SIGKILL, so no service outlives the command that started it.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

from services.front.foreground import leave

PIPE = 0
HOSTED = ("services.executor", "services.toolrunner")


def watch() -> None:
    """Wait until standard input closes, then ask this process to stop."""
    while os.read(PIPE, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the module that the command line names."""
    module = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if module not in HOSTED:
        sys.exit(f"usage: python -m services.cli.tether {'|'.join(HOSTED)} ...")
    threading.Thread(target=watch, name="tether", daemon=True).start()
    status: object = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        status = leaving.code
    leave(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    main()
