"""A worker process, started by the front as ``python -m services.toolrunner.worker --fd N``.

It has two threads: one runs wasm, on a large enough stack; the main thread watches it and stops
work that is cancelled or past its deadline.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path

from services.toolrunner.errors import ToolRunnerError
from services.toolrunner.guest.artifacts import read_artifacts
from services.toolrunner.sandbox.engine import THREAD_STACK_BYTES, SandboxEngine
from services.toolrunner.sandbox.module_cache import ModuleCache
from services.toolrunner.worker import jail, wire
from services.toolrunner.worker.inbox import Inbox, InboxClosedError
from services.toolrunner.worker.loop import Outbox, Worker
from services.toolrunner.worker.watch import Watch


def serve(sock: socket.socket, cache: Path | None) -> None:
    """Set up the sandbox, enter the jail, report ready, and serve until the end."""
    sandbox = SandboxEngine(read_artifacts(), ModuleCache(cache))
    inbox, outbox = Inbox(sock), Outbox(sock)
    watch = Watch(inbox)
    worker = Worker(sandbox, inbox, outbox, watch)
    ready = threading.Event()
    gc.collect()
    gc.freeze()
    report = jail.confine(lambda: work_until_closed(worker, ready), THREAD_STACK_BYTES)
    outbox.send(wire.ready(report.held, report.missing))
    ready.set()
    watch.run()


def work_until_closed(worker: Worker, ready: threading.Event) -> None:
    """Run the wasm thread; the process ends with it, whatever the reason."""
    ready.wait()
    status = 1
    try:
        worker.run()
    except InboxClosedError:
        status = 0
    except ConnectionError:
        status = 0  # the front closed the socket during a write
    except ToolRunnerError as error:
        print(error.message, file=sys.stderr, flush=True)
    except Exception:  # noqa: BLE001 - the outermost frame of the process: report, then exit
        traceback.print_exc()
    finally:
        os._exit(status)  # nothing to clean up, and another thread may be inside wasm


def main() -> int:
    """Run one worker; return the exit status."""
    parser = argparse.ArgumentParser(description="A worker of the toolrunner, which starts it.")
    parser.add_argument("--fd", type=int, required=True, help="the inherited socket")
    parser.add_argument("--cache", type=Path, help="folder of the compiled guest")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jail.die_with_parent()
    try:
        serve(socket.socket(fileno=options.fd), options.cache)
    except (InboxClosedError, BrokenPipeError, ConnectionResetError):
        return 0
    except ToolRunnerError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
