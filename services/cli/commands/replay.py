"""``caisson replay``: a recorded call once more."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import click

from services.cli.client.replays_wire import Recording, read_recording, replay_calls
from services.cli.commands.options import bundle_argument
from services.cli.errors import EXIT_DONE, EXIT_FAILED
from services.cli.hosting import all_started, private_toolrunner
from services.cli.inputs import NamedBundle, read_bundle
from services.cli.interrupts import run as run_to_end
from services.cli.reading import read, reading_of
from services.cli.service_settings import settings_of_both
from services.cli.show.outside_text import json_line
from services.cli.show.replay import comparison_object, show_comparison
from services.cli.show.terminal import Terminal
from services.executor.adapters.bundle_open import open_slicer

ONE_WORKER = {"CAISSON_TOOLRUNNER_WORKERS": "1"}


@click.command("replay")
@bundle_argument
@click.argument("recording", metavar="RECORDING", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as one JSON object.")
def replay_command(bundle: str, recording: Path, as_json: bool) -> int:
    """Make the call of RECORDING once more, exactly, and show what differs.

    RECORDING is a file that `caisson tool --record` has written. The call gets the same input,
    random numbers, clock and answers to its requests; nothing is sent. With the BUNDLE of the
    recording it does the same, to the unit of fuel; with another BUNDLE this shows what the change
    makes of the call.

    Exit status: 0 the same, 1 something differs or the call cannot be made once more, 2 the
    command, the bundle or the recording is wrong, 130 interrupted.
    """
    return run_to_end(replay(read_bundle(bundle), recording, as_json=as_json))


async def replay(named: NamedBundle, path: Path, *, as_json: bool) -> int:
    """Make the call once more and show the comparison; return the exit status.

    Raises:
        CliError: the bundle or the recording is wrong, or the sandbox cannot be started.
    """
    return await replay_all(named, [read_recording(path)], as_json=as_json)


async def replay_all(named: NamedBundle, recordings: Sequence[Recording], *, as_json: bool) -> int:
    """Make calls once more and show each comparison; return the exit status; raises CliError."""
    same = True
    with Terminal() as terminal:
        async with private_toolrunner(ONE_WORKER) as toolrunner:
            settings, _ = settings_of_both()
            if not as_json:
                terminal.wait("reading the bundle")
            program = (await read(named)).program
            await all_started(toolrunner)
            slicer = open_slicer(reading_of(settings), prefers=settings.prefer_slices)
            try:
                calls = replay_calls(toolrunner.address, recordings, program, slicer)
                async with aclosing(calls):
                    async for each in calls:
                        same = same and each.same
                        if as_json:
                            click.echo(json_line(comparison_object(each)))
                        else:
                            show_comparison(terminal, each)
            finally:
                await slicer.close()
    return EXIT_DONE if same else EXIT_FAILED
