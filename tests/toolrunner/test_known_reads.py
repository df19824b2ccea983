"""What is known of the reads of programs is bounded, whatever workers report."""

from __future__ import annotations

from services.toolrunner.domain import LoadReads
from services.toolrunner.pool.known_reads import MOST_CHARACTERS, KnownReads


def reads(program: int, names: int = 200) -> LoadReads:
    return LoadReads(frozenset(f"{program:04}-{at:04}".ljust(250, "x") for at in range(names)))


def test_reads_of_several_loads_are_joined() -> None:
    known = KnownReads()
    known.learn("a", LoadReads(frozenset({"X"})))
    known.learn("a", LoadReads(frozenset({"Y"}), fetches=True))
    assert known.of("a") == LoadReads(frozenset({"X", "Y"}), fetches=True)
    assert known.of("b") is None


def test_many_names_are_a_look_at_all() -> None:
    known = KnownReads()
    known.learn("a", reads(0))
    known.learn("a", reads(1))
    assert known.of("a") == LoadReads(all_env=True)


def test_names_of_all_programs_together_are_bounded() -> None:
    known = KnownReads()
    for program in range(300):
        known.learn(str(program), reads(program))
    kept = [each for number in range(300) if (each := known.of(str(number))) is not None]
    characters = sum(len(name) for each in kept for name in each.env)
    assert 10 < len(kept) < 300
    assert MOST_CHARACTERS / 2 < characters < MOST_CHARACTERS
    assert known.of("299") is not None
    assert known.of("0") is None
