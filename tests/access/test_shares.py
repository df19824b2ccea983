"""What organisations share: the names that one gives its members count for itself alone."""

from __future__ import annotations

from services.executor.clients import Shares, member_of


def test_members_of_the_same_name_are_not_the_same() -> None:
    shares, greedy, polite = Shares(100), member_of("one", "alice"), member_of("two", "alice")
    while shares.take(greedy):
        pass
    assert shares.take(polite)
    alone, newcomer = Shares(100), member_of("two", "bob")
    while alone.take(greedy):
        pass
    assert alone.take(newcomer)
    taken = [each.take(who) for each, who in ((shares, polite), (alone, newcomer)) for _ in "abcd"]
    assert taken[:4] == taken[4:]
    assert taken[0]
