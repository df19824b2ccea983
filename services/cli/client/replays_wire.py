"""Makes recorded calls once more, for ``caisson replay`` and ``caisson runs replay``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Final, TypeAlias

from caisson.executor.v1 import recorded_call_pb2 as recorded_pb
from services.cli.client.clients import refusals_told
from services.cli.domain import MIB
from services.cli.errors import UnreachableError, UsageError
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.comparing_wire import Comparison, compared
from services.executor.adapters.toolrunner.recorded_wire import recording_of, recording_text
from services.executor.bundle.ports import Slicer
from services.executor.domain import Program
from services.executor.errors import RunnerUnavailableError

Recording: TypeAlias = recorded_pb.RecordedCall
MAX_RECORDING_BYTES: Final = 16 * MIB


class FileRecorder:
    """Takes the recording of one call, and writes it to a file; see ``CallRecorder``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"FileRecorder({self._path})"

    async def record(self, call_id: str, data: bytes) -> None:
        """Write the recording; raises UsageError if the file cannot be written."""
        try:
            self._path.write_text(recording_text(data), encoding="utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UsageError(f"{self._path} cannot be written: {reason}.") from None


def read_recording(path: Path) -> Recording:
    """Return the recording in a file; raises UsageError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_RECORDING_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"The recording {path} cannot be read: {reason}.") from None
    if len(data) > MAX_RECORDING_BYTES:
        raise UsageError(f"The recording {path} is over {MAX_RECORDING_BYTES // MIB} MiB.")
    try:
        return recording_of(data.decode())
    except ValueError as error:
        raise UsageError(
            f"{path} is not a recording of a call, as `caisson tool --record` writes it.",
            (str(error)[:300],),
        ) from None


async def replay_calls(
    address: str,
    recordings: Iterable[Recording],
    program: Program,
    slicer: Slicer | None = None,
) -> AsyncGenerator[Comparison, None]:
    """Make recorded calls once more in a toolrunner, one after the other.

    Raises:
        CliError: the toolrunner refused a recording, or does not answer.
    """
    client = ToolRunnerClient(address)
    try:
        with refusals_told(address):
            for recorded in recordings:
                yield await compared(client, recorded, program, slicer)
    except RunnerUnavailableError as error:
        raise UnreachableError(error.message) from None
    finally:
        await client.close()
