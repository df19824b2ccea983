"""The tenant of a stream, and how tenants share limited resources."""

from __future__ import annotations

import pytest

from services.toolrunner.tenants import Holdings, Tenant, TenantShares, tenant_of
from tests.toolrunner.pools import tenant


@pytest.mark.parametrize(
    ("peer", "named", "wanted"),
    [
        ("ipv4:10.0.0.1:50", "", ("10.0.0.1", "10.0.0.1", "ipv4:10.0.0.1:50")),
        ("ipv4:10.0.0.1:50", "host/one", ("10.0.0.1", "host", "host/one")),
        ("ipv6:%5B2001:db8::1%5D:50", "", ("2001:db8::/64",) * 2 + ("ipv6:%5B2001:db8::1%5D:50",)),
        ("ipv6:[::ffff:10.0.0.1]:50", "a", ("10.0.0.1", "a", "a")),
        ("unix:", "", ("unix", "unix", "unix:")),
    ],
)
def test_tenant_comes_from_peer_and_the_name_it_sends(
    peer: str, named: str, wanted: tuple[str, ...]
) -> None:
    assert tenant_of(peer, named) == wanted


def taken(shares: TenantShares, whose: Tenant) -> int:
    """Take one at a time; return how many were granted."""
    count = 0
    while shares.take(whose):
        count += 1
    return count


def test_no_tenant_takes_the_last_slot() -> None:
    shares = TenantShares(256)
    first = taken(shares, tenant("a", "h"))
    assert 200 < first < 256
    assert taken(shares, tenant("b", "h")) > 10
    assert taken(shares, tenant("c", "other")) >= 1


def test_tenants_of_one_host_leave_room_for_other_hosts() -> None:
    shares = TenantShares(256)
    for number in range(300):
        taken(shares, tenant(str(number), "h"))
    assert shares.held < 256
    assert shares.take(tenant("c", "other"))


def test_hosts_named_by_one_peer_leave_room_for_other_peers() -> None:
    shares = TenantShares(256)
    for number in range(300):
        taken(shares, tenant(str(number)))
    assert shares.held < 256
    assert shares.take(Tenant("other", "other", "other"))


def test_released_slots_can_be_taken_again() -> None:
    shares, whose = TenantShares(4), tenant("a")
    assert taken(shares, whose) == 3
    shares.give_back(whose, 3)
    assert shares.held == 0
    assert taken(shares, whose) == 3


def test_largest_tenant_is_found_from_widest_group_down() -> None:
    held = Holdings()
    for number in range(3):
        held.add(tenant(str(number), "crowd"), 5)
    held.add(tenant("alone"), 12)
    held.add(tenant("2", "crowd"), 1)
    assert held.largest() == tenant("2", "crowd")
    held.add(tenant("alone"), 10)
    assert held.largest() == tenant("alone")
    assert Holdings().largest() is None
