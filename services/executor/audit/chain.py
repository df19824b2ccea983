"""The chain of the audit trail: each row's hash is over the one before and its own text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.executor.audit.entries import AuditEntry, canonical

NOTHING: Final = "0" * 64
"""The hash before the first row."""


@dataclass(frozen=True)
class Link:
    """A place in the chain: a row's number and hash."""

    number: int = 0
    hash: str = NOTHING


@dataclass(frozen=True)
class AuditRow:
    """A row as it is stored.

    Attributes:
        entry_id: of the entry; no two rows have the same.
        time_ns, organisation, action: as in the text, to find rows by.
        text: the entry as JSON, see ``canonical``.
        previous: hash of the row before.
        hash: of the row.
    """

    number: int
    entry_id: str
    time_ns: int
    organisation: str
    action: str
    text: str
    previous: str
    hash: str


@dataclass(frozen=True)
class Pending:
    """An entry that is to be written."""

    entry_id: str
    time_ns: int
    entry: AuditEntry


@dataclass(frozen=True)
class Ends:
    """Both ends of the chain: ``anchor`` is the last row that was deleted for its age."""

    anchor: Link = Link()
    head: Link = Link()


def hash_of(previous: str, text: str) -> str:
    """Return the hash of a row."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def chained(head: Link, pending: Sequence[Pending]) -> list[AuditRow]:
    """Return the rows of entries that follow a row."""
    rows: list[AuditRow] = []
    for each in pending:
        number, entry = head.number + 1, each.entry
        text = canonical(entry, number, each.time_ns)
        row = AuditRow(
            number,
            each.entry_id,
            each.time_ns,
            entry.organisation,
            entry.action.value,
            text,
            head.hash,
            hash_of(head.hash, text),
        )
        rows.append(row)
        head = Link(number, row.hash)
    return rows


def faults(rows: Iterable[AuditRow], ends: Ends, noted: Link | None = None) -> Iterator[str]:
    """Yield a sentence about each fault of a chain: rows that were changed, removed or moved.

    Args:
        rows: all rows, in the order of their numbers.
        ends: what is kept of the ends.
        noted: a link that somebody has kept elsewhere; without one, a chain that was made anew from
            some row on, with its head, is not noticed.
    """
    before, was_seen = ends.anchor, noted is None or noted.number <= ends.anchor.number
    for row in rows:
        if row.number > before.number + 1:
            yield f"{_rows(before.number + 1, row.number - 1)} missing."
        elif row.number <= before.number:
            yield f"Row {row.number} is there once more."
        if row.previous != before.hash and row.number == before.number + 1:
            yield (
                f"Row {row.number} does not follow row {before.number}: one of them was changed, "
                "or put in another's place."
            )
        if row.hash != hash_of(row.previous, row.text) or not _agrees(row):
            yield f"Row {row.number} was changed."
        before = Link(row.number, row.hash)
        if noted is not None and row.number == noted.number:
            was_seen = True
            if row.hash != noted.hash:
                yield f"Row {row.number} is not the one that was noted."
    if ends.head.number > before.number:
        yield f"{_rows(before.number + 1, ends.head.number)} missing, at the end."
    elif ends.head != before:
        yield f"The chain ends with row {before.number}, which is not the one that was written."
    if not was_seen and noted is not None:
        yield f"Row {noted.number}, which was noted, is missing."


def _agrees(row: AuditRow) -> bool:
    """Return whether the columns of a row say what its text says."""
    try:
        said = json.loads(row.text)
        found = (said["number"], said["time_ns"], said["organisation"], said["action"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return bool(found == (row.number, row.time_ns, row.organisation, row.action))


def _rows(first: int, last: int) -> str:
    return f"Row {first} is" if first == last else f"Rows {first} to {last} are"
