"""The audit trail in the database: a chain that all executors append to, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.executor.adapters.database.audit_tables import AUDIT, AUDIT_ENDS
from services.executor.adapters.database.lanes import Lanes
from services.executor.audit.chain import AuditRow, Ends, Link, Pending, chained

ONLY: Final = 1
ROWS_AT_ONCE: Final = 500


class DatabaseAudit:
    """See ``AuditStore``.

    Args:
        lanes: of the database.
    """

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def __repr__(self) -> str:
        return f"DatabaseAudit({self._lanes!r})"

    async def append(self, pending: Sequence[Pending]) -> None:
        """Add entries in one commit; see ``AuditStore``."""
        await self._lanes.beside.run(lambda connection: append(connection, pending))

    async def shorten(self, before_ns: int, most: int) -> int:
        """Delete the oldest rows; see ``AuditStore``."""
        return await self._lanes.beside.run(
            lambda connection: shorten(connection, before_ns, most), tidy=True
        )


def append(connection: Connection, pending: Sequence[Pending]) -> None:
    """Add entries that are not there, within a transaction that holds the end of the chain."""
    ends = _held(connection)
    ids = [each.entry_id for each in pending]
    asked = select(AUDIT.c.entry_id).where(AUDIT.c.entry_id.in_(ids))
    known = set(connection.execute(asked).scalars())
    rows = chained(ends.head, [each for each in pending if each.entry_id not in known])
    if rows:
        connection.execute(insert(AUDIT), [asdict(row) for row in rows])
        last = {"head_number": rows[-1].number, "head_hash": rows[-1].hash}
        connection.execute(update(AUDIT_ENDS).where(AUDIT_ENDS.c.id == ONLY).values(last))


def shorten(connection: Connection, before_ns: int, most: int) -> int:
    """Delete the oldest rows, within a transaction; the chain then begins at its anchor."""
    ends = _held(connection)
    kept = select(AUDIT.c.number).where(AUDIT.c.time_ns >= before_ns)
    first = connection.execute(kept.order_by(AUDIT.c.number).limit(1)).scalar()
    last = ends.head.number if first is None else first - 1
    last = min(last, ends.anchor.number + most)
    found = connection.execute(select(AUDIT.c.hash).where(AUDIT.c.number == last)).scalar()
    if found is None:
        return 0
    deleted = connection.execute(delete(AUDIT).where(AUDIT.c.number <= last)).rowcount
    anchor = {"anchor_number": last, "anchor_hash": found}
    connection.execute(update(AUDIT_ENDS).where(AUDIT_ENDS.c.id == ONLY).values(anchor))
    return deleted


def ends_of(connection: Connection) -> Ends:
    """Return both ends of the chain."""
    row = connection.execute(select(AUDIT_ENDS).where(AUDIT_ENDS.c.id == ONLY)).first()
    return _ends(row) if row is not None else Ends()


def rows_of(
    connection: Connection, narrowed: Callable[[Any], Any] = lambda asked: asked
) -> Iterator[AuditRow]:
    """Yield rows by their numbers; ``narrowed`` narrows the query."""
    after = 0
    while True:
        asked = narrowed(select(AUDIT)).where(AUDIT.c.number > after)
        rows = connection.execute(asked.order_by(AUDIT.c.number).limit(ROWS_AT_ONCE)).all()
        yield from (AuditRow(**row._mapping) for row in rows)
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].number


def _held(connection: Connection) -> Ends:
    """Return both ends of the chain, which nobody else changes until the transaction ends."""
    makes = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    start = Link()
    first = makes(AUDIT_ENDS).values(
        id=ONLY,
        anchor_number=start.number,
        anchor_hash=start.hash,
        head_number=start.number,
        head_hash=start.hash,
    )
    connection.execute(first.on_conflict_do_nothing(index_elements=[AUDIT_ENDS.c.id]))
    asked = select(AUDIT_ENDS).where(AUDIT_ENDS.c.id == ONLY).with_for_update()
    return _ends(connection.execute(asked).one())


def _ends(row: Any) -> Ends:
    anchor = Link(row.anchor_number, row.anchor_hash)
    return Ends(anchor, Link(row.head_number, row.head_hash))
