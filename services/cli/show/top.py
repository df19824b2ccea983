"""How ``caisson top`` shows services: a line each, then their runs and workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.cli.domain import MIB
from services.cli.show.outside_text import one_line
from services.cli.top_view import EXECUTOR, Seen

RUN_COLUMNS: Final = (
    ("run", "run"), ("organisation", "organisation"), ("agent", "agent"), ("model", "model"),
    ("state", "state"), ("age_s", "age s"), ("steps", "steps"), ("tool_calls", "calls"),
    ("output_tokens", "tokens"),
)  # fmt: skip
WORKER_COLUMNS: Final = (
    ("worker", "worker"), ("state", "state"), ("age_s", "age s"), ("calls", "calls"),
    ("memory", "MiB"), ("images", "images"), ("jail", "jail"),
)  # fmt: skip
MOST_CHARACTERS: Final = 40


def shown(services: Sequence[Seen], rows: int) -> RenderableType:
    """Return all services, with at most ``rows`` rows in each table, the oldest first."""
    return Group(*(block for each in services for block in _blocks(each, rows)))


def _blocks(seen: Seen, rows: int) -> Iterator[RenderableType]:
    yield _headline(seen)
    for name, why in seen.troubles.items():
        yield Text(f"  {one_line(name)}: {one_line(why)}", style="red")
    if seen.service == EXECUTOR:
        oldest = sorted(seen.runs, key=lambda run: -float(run.get("age_s", 0)))
        yield from _table(RUN_COLUMNS, oldest, rows)
    else:
        weighed = [
            {**worker, "memory": worker.get("memory_bytes", 0) // MIB} for worker in seen.workers
        ]
        yield from _table(WORKER_COLUMNS, weighed, rows)


def _headline(seen: Seen) -> Text:
    state = ("ready", "green") if seen.ready else ("not ready", "bold red")
    line = Text.assemble((seen.service or "no answer", "bold"), "  ", state)
    queued = "-" if seen.queued is None else str(seen.queued)
    if seen.service == EXECUTOR:
        rate = "-" if seen.tokens_per_s is None else f"{seen.tokens_per_s:.1f}"
        line.append(f"  {len(seen.runs)} runs  {rate} tokens/s  {queued} queued")
    elif seen.service:
        busy = sum(worker.get("state") in ("busy", "long") for worker in seen.workers)
        line.append(f"  {len(seen.workers)} workers, {busy} busy  {queued} queued")
    line.append(f"  {seen.address}", style="dim")
    return line


def _table(
    columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]], most: int
) -> Iterator[RenderableType]:
    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    for _, title in columns:
        table.add_column(title, no_wrap=True)
    for row in rows[:most]:
        table.add_row(*(Text(_cell(row.get(name, ""))) for name, _ in columns))
    yield table
    if len(rows) > most:
        yield Text(f"    and {len(rows) - most} more", style="dim")


def _cell(value: Any) -> str:
    return one_line(str(value))[:MOST_CHARACTERS]
