"""Who is a client, and that no client can take all there is from the others."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.executor.clients import HOST_TIMES, Client, ClientSlots, Shares, client_of, member_of


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("ipv4:127.0.0.1:50123", "127.0.0.1"),
        ("ipv6:[::1]:50123", "::/64"),
        ("ipv6:%5B2001:db8:1:2:3:4:5:6%5D:443", "2001:db8:1:2::/64"),
        ("ipv6:[2001:db8:1:2::ffff]:1", "2001:db8:1:2::/64"),
        ("ipv6:[::ffff:10.0.0.7]:1", "10.0.0.7"),
        ("ipv6:[fe80::1%25eth0]:1", "fe80::/64"),
        ("unix:/run/caisson.sock", "unix"),
        ("unix:", "unix"),
    ],
)
def test_host_is_address_without_port(peer: str, host: str) -> None:
    assert client_of(peer) == Client(host, peer)


def taken(shares: Shares, client: Client) -> int:
    count = 0
    while shares.take(client):
        count += 1
    return count


def test_lone_client_leaves_room_for_the_next() -> None:
    shares = Shares(256)
    assert taken(shares, client_of("ipv4:10.0.0.1:1")) == 204
    assert shares.take(client_of("ipv4:10.0.0.1:2"))
    assert shares.take(client_of("ipv4:10.0.0.2:1"))


@pytest.mark.parametrize("total", [2, 8, 256, 100_000])
def test_connections_of_one_host_leave_room_for_other_hosts(total: int) -> None:
    shares = Shares(total)
    for port in range(1000):
        taken(shares, client_of(f"ipv4:10.0.0.1:{port}"))
    assert shares.take(client_of("ipv4:10.0.0.2:1"))


def test_empty_request_is_never_refused() -> None:
    shares = Shares(10)
    client = client_of("ipv4:10.0.0.1:1")
    assert shares.take(client, 10)
    assert shares.take(client, 0)
    shares.give_back(client, 0)
    shares.give_back(client, 10)
    assert repr(shares) == "Shares(0 of 10, hosts=0)"


def test_single_slot_goes_to_any_client() -> None:
    shares = Shares(1)
    client = client_of("ipv4:10.0.0.1:1")
    assert shares.take(client)
    assert not shares.take(client)
    shares.give_back(client)
    assert shares.take(client)


@given(
    st.integers(1, 64),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 5)), max_size=80),
)
def test_total_is_never_exceeded_and_all_slots_return(
    total: int, wishes: list[tuple[int, int, int]]
) -> None:
    shares = Shares(total)
    given_out = []
    for host, port, amount in wishes:
        client = client_of(f"ipv4:10.0.0.{host}:{port}")
        if shares.take(client, amount):
            given_out.append((client, amount))
        assert shares.held == sum(amount for _, amount in given_out) <= total
    for client, amount in given_out:
        shares.give_back(client, amount)
    assert shares.held == 0
    assert "hosts=0" in repr(shares)


async def test_own_slots_belong_to_connection_and_host() -> None:
    slots, go_on = ClientSlots(2), asyncio.Event()
    inside: list[Client] = []

    async def work(client: Client) -> None:
        async with slots.slot(client):
            inside.append(client)
            await go_on.wait()

    crowd = [client_of(f"ipv4:10.0.0.1:{port}") for port in range(HOST_TIMES + 2)]
    other = client_of("ipv4:10.0.0.2:1")
    work_of = [work(client) for client in crowd for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(each) for each in [*work_of, work(other)]]
        await asyncio.sleep(0.01)
        assert other in inside
        assert max(inside.count(client) for client in crowd) == 2
        assert len(inside) == 2 * HOST_TIMES + 1
        waiting[2].cancel()
        go_on.set()
    assert len(inside) == len(waiting) - 1
    assert repr(slots) == "ClientSlots(2 each, in_use=0)"


def test_organisation_is_the_tenant_of_all_its_members() -> None:
    first, second = member_of("acme", "key-1"), member_of("acme", "key-2")
    assert first.host == second.host
    assert {each.tenant.partition("/")[0] for each in (first, second)} == {"acme"}
    assert first.tenant != second.tenant
    assert member_of("globex", "key-1").host != first.host


def test_heavier_organisation_may_hold_more_while_others_need_some() -> None:
    heavy, light, crowd = (member_of(name, "key") for name in ("heavy", "light", "crowd"))
    shares = Shares(256, lambda peer: 4.0 if peer == heavy else 1.0)
    assert taken(shares, crowd) == 204
    first, second = taken(shares, heavy), taken(shares, light)
    assert (first, second) == (48, 3)
