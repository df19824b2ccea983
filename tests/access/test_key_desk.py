"""What a key may do to other keys: never more than it could do itself."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from services.executor.access.api_keys import AskedKey, KeyMaker, MemoryKeys
from services.executor.access.principal import Principal, Role, scopes_of
from services.executor.access_errors import ForbiddenError, KeyNotFoundError
from services.executor.access_setup import Keys
from services.executor.audit.memory import NoTrail
from services.executor.key_desk import KeyDesk

OWNERS = frozenset({Role.OWNER})
OWNER = Principal("acme", "key:me", OWNERS, scopes_of(OWNERS), "k")
BOUND = replace(OWNER, resource_id="user")
LATER = time.time_ns() + 10**12
ASKED = AskedKey("new", OWNERS, None, None, 0)


@pytest.fixture
def desk() -> KeyDesk:
    return KeyDesk(Keys(MemoryKeys(), KeyMaker(bytes(32))), NoTrail())


@pytest.mark.parametrize("expires_ns", [0, LATER + 1], ids=["never", "later"])
async def test_no_key_outlives_the_key_that_made_it(desk: KeyDesk, expires_ns: int) -> None:
    maker = replace(OWNER, expires_ns=LATER)
    with pytest.raises(ForbiddenError) as refused:
        await desk.create(replace(ASKED, expires_ns=expires_ns), maker)
    assert [each.field for each in refused.value.violations] == ["expire_time"]
    _, row = await desk.create(replace(ASKED, expires_ns=LATER), maker)
    assert row.principal().expires_ns == LATER


async def test_who_sees_one_resource_sees_the_keys_for_it_alone(desk: KeyDesk) -> None:
    _, whole = await desk.create(ASKED, OWNER)
    _, other = await desk.create(replace(ASKED, resource_id="other"), OWNER)
    _, own = await desk.create(replace(ASKED, resource_id="user"), OWNER)
    assert [row.key_id for row in await desk.of(BOUND)] == [own.key_id]
    missing = await _refusal(desk, "0" * 24)
    for each in (whole, other):
        assert await _refusal(desk, each.key_id) == missing.replace("0" * 24, each.key_id)
    assert not any(row.revoked_ns for row in await desk.of(OWNER))
    assert (await desk.revoke(own.key_id, BOUND)).revoked_ns


async def _refusal(desk: KeyDesk, key_id: str) -> str:
    with pytest.raises(KeyNotFoundError) as refused:
        await desk.revoke(key_id, BOUND)
    return str(refused.value)
