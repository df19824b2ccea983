"""The chain of the audit trail: what was changed, removed or moved is found, and where."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from services.executor.access.principal import PRINCIPAL, Principal, Role, Scope
from services.executor.audit.chain import (
    NOTHING,
    AuditRow,
    Ends,
    Link,
    Pending,
    chained,
    faults,
    hash_of,
)
from services.executor.audit.entries import (
    ORIGIN,
    Action,
    AuditEntry,
    Outcome,
    by_caller,
    canonical,
    counted,
)


def pending(count: int) -> list[Pending]:
    return [
        Pending(f"e{number}", number, AuditEntry(Action.RUN_CREATED, target=f"run_{number}"))
        for number in range(count)
    ]


ROWS = chained(Link(), pending(9))
ENDS = Ends(head=Link(9, ROWS[-1].hash))


def found(rows: list[AuditRow], ends: Ends = ENDS, noted: Link | None = None) -> list[str]:
    return list(faults(rows, ends, noted))


def rehashed(row: AuditRow) -> AuditRow:
    return replace(row, hash=hash_of(row.previous, row.text))


def test_whole_chain_has_no_fault() -> None:
    assert ROWS[0].previous == NOTHING
    assert found(ROWS) == []
    assert found([], Ends()) == []
    more = chained(ENDS.head, [Pending("x", 1, AuditEntry(Action.RUN_DELETED))])
    assert found([*ROWS, *more], Ends(head=Link(10, more[0].hash))) == []


def test_changed_text_is_found() -> None:
    changed = replace(ROWS[4], text=ROWS[4].text.replace("run_4", "run_5"))
    assert found([*ROWS[:4], changed, *ROWS[5:]]) == ["Row 5 was changed."]


def test_changed_text_with_a_new_hash_is_found_at_the_next_row() -> None:
    changed = rehashed(replace(ROWS[4], text=ROWS[4].text.replace("run_4", "run_5")))
    assert found([*ROWS[:4], changed, *ROWS[5:]]) == [
        "Row 6 does not follow row 5: one of them was changed, or put in another's place."
    ]


@pytest.mark.parametrize("change", [{"organisation": "other"}, {"action": "x"}, {"time_ns": 7}])
def test_changed_columns_are_found(change: dict[str, Any]) -> None:
    changed = replace(ROWS[4], **change)
    assert found([*ROWS[:4], changed, *ROWS[5:]]) == ["Row 5 was changed."]


def test_removed_rows_are_found() -> None:
    assert found([*ROWS[:4], *ROWS[5:]]) == ["Row 5 is missing."]
    assert found([*ROWS[:2], *ROWS[5:]]) == ["Rows 3 to 5 are missing."]
    assert found(ROWS[1:]) == ["Row 1 is missing."]
    assert found(ROWS[:-1]) == ["Row 9 is missing, at the end."]
    assert found(ROWS[:-3]) == ["Rows 7 to 9 are missing, at the end."]
    assert found([]) == ["Rows 1 to 9 are missing, at the end."]


def test_moved_rows_are_found() -> None:
    one, two = replace(ROWS[3], number=5), replace(ROWS[4], number=4)
    said = found([*ROWS[:3], two, one, *ROWS[5:]])
    assert "Row 4 was changed." in said
    assert "Row 5 was changed." in said


def test_rows_put_between_others_are_found() -> None:
    added = chained(Link(4, ROWS[3].hash), pending(1))
    renumbered = [replace(row, number=row.number + 1) for row in ROWS[4:]]
    said = found([*ROWS[:4], *added, *renumbered])
    assert said[0].startswith("Row 6 does not follow row 5")
    assert found([*ROWS, ROWS[8]]) == ["Row 9 is there once more."]


def test_rows_after_the_head_are_found() -> None:
    more = chained(ENDS.head, pending(1))
    assert found([*ROWS, *more]) == [
        "The chain ends with row 10, which is not the one that was written."
    ]


def test_chain_made_anew_is_found_by_a_noted_link() -> None:
    forged = chained(Link(4, ROWS[3].hash), pending(5))
    ends = Ends(head=Link(9, forged[-1].hash))
    assert found([*ROWS[:4], *forged], ends) == []
    assert found([*ROWS[:4], *forged], ends, ENDS.head) == ["Row 9 is not the one that was noted."]
    assert found([*ROWS[:4], *forged], ends, Link(4, ROWS[3].hash)) == []
    short = Ends(head=Link(4, ROWS[3].hash))
    assert found(ROWS[:4], short, ENDS.head) == ["Row 9, which was noted, is missing."]


def test_shortened_chain_begins_at_its_anchor() -> None:
    ends = Ends(Link(4, ROWS[3].hash), ENDS.head)
    assert found(ROWS[4:], ends) == []
    assert found(ROWS[4:], ends, Link(2, "long gone")) == []
    assert found(ROWS[5:], ends) == ["Row 5 is missing."]
    assert found(ROWS[4:], Ends(Link(4, "x"), ENDS.head))[0].startswith("Row 5 does not follow")


def test_text_is_one_form_and_bounded() -> None:
    entry = AuditEntry(
        Action.KEY_CREATED,
        target="t" * 1000,
        subject='ü\0"\ud800',
        detail=tuple((f"n{number}", "v" * 1000) for number in range(99)),
    )
    text = canonical(entry, 3, 5)
    assert text.isascii()
    said = json.loads(text)
    assert (said["number"], said["time_ns"], said["action"]) == (3, 5, "key.created")
    assert len(said["target"]) == 256
    assert len(said["detail"]) == 16
    assert len(text) < 8000
    assert text == json.dumps(said, sort_keys=True, separators=(",", ":"))


def test_entry_of_a_caller_says_who_and_from_where() -> None:
    who = Principal("acme", "alice", frozenset({Role.OWNER}), frozenset(Scope), "k1")
    who_token, origin_token = PRINCIPAL.set(who), ORIGIN.set("ipv4:10.0.0.1:5555")
    try:
        entry = by_caller(Action.RUN_DELETED, "run_1", agent="a")
    finally:
        PRINCIPAL.reset(who_token)
        ORIGIN.reset(origin_token)
    assert (entry.organisation, entry.subject, entry.key_id) == ("acme", "alice", "k1")
    assert (entry.origin, entry.outcome) == ("ipv4:10.0.0.1:5555", Outcome.DONE)
    assert entry.detail == (("agent", "a"),)
    assert counted(entry).origin == "ipv4:10.0.0.1"
    assert counted(replace(entry, origin="unix:")).origin == "unix:"
