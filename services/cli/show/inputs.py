"""What runs wait for, as text."""

from __future__ import annotations

from services.cli.domain import InputWanted, ListedInput
from services.cli.show.outside_text import one_line
from services.cli.show.terminal import Screen, shortened

INPUT_WIDTH = 2000


NOBODY_ELSE = (
    "Nobody else can answer: the run ends with this command. --approve and --deny-approvals answer "
    "for you, and with --server others can."
)


def show_wanted(
    terminal: Screen, wanted: InputWanted, run_id: str = "", server: str | None = ""
) -> None:
    """Write what a run waits for, and how to answer it.

    Args:
        terminal: where.
        wanted: what it waits for.
        run_id: the run, empty if it is not known.
        server: the address of its executor; empty for the runs of this user, and None for an
            executor that only this command has.
    """
    what = "waits for approval" if wanted.is_approval else "waits for the client's result"
    terminal.parts(
        ("? ", "magenta"),
        (one_line(wanted.tool), "bold magenta"),
        (f" {what}: ", "magenta"),
        (shortened(wanted.input_json, INPUT_WIDTH), ""),
    )
    if wanted.reason:
        terminal.line(f"    {one_line(wanted.reason)}", "dim")
    if server is None:
        terminal.line(f"    {NOBODY_ELSE}", "dim")
        return
    how = "--approve" if wanted.is_approval else "--result JSON"
    where = f"caisson runs answer {run_id or 'RUN'} {wanted.input_id}"
    where += f" --server {server}" if server else ""
    terminal.line(f"    {one_line(where)} {how}, or --deny REASON, by {wanted.until}", "dim")


def show_listed(terminal: Screen, each: ListedInput, server: str = "") -> None:
    """Write an input of a list; ``server`` as for ``show_wanted``."""
    terminal.parts((one_line(each.run_id), "bold"), (f" · {one_line(each.wanted.input_id)}", "dim"))
    show_wanted(terminal, each.wanted, each.run_id, server)
