"""A digest stands for a bundle only to organisations that sent the bundle, or have run it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest

from services.executor.adapters.bundle_open import BundleReading, open_bundle_reader
from services.executor.adapters.system import SystemClock
from services.executor.bundle.intake.owners import BundleOwners
from services.executor.bundle.ports import BundleReader
from services.executor.clients import Client, member_of
from services.executor.conversation import SessionPolicy
from services.executor.domain import DigestBundle, InlineBundle
from services.executor.errors import UnknownBundleError
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.rows import NewRun

AGENT = b'export const a = { model: "m", system: "s", tools: {} };\n'
DIGEST = "sha256:" + hashlib.sha256(AGENT).hexdigest()
NOWHERE = "sha256:" + "0" * 64
ONE, TWO = member_of("one", "key"), member_of("two", "key")


class CountedJournal(MemoryJournal):
    """Counts how often it was asked whose a bundle is."""

    asked = 0

    async def program_of(self, organisation: str, digest: str) -> bytes | None:
        self.asked += 1
        return await super().program_of(organisation, digest)


@pytest.fixture
def journal() -> CountedJournal:
    return CountedJournal(SystemClock())


@pytest.fixture
async def reader(journal: CountedJournal) -> AsyncIterator[BundleReader]:
    made = open_bundle_reader(BundleReading(), recorded=journal)
    yield made
    await made.close()


async def refusal(reader: BundleReader, digest: str, client: Client) -> str:
    with pytest.raises(UnknownBundleError) as raised:
        await reader.read(DigestBundle(digest), client)
    return raised.value.message


def run_of(organisation: str) -> NewRun:
    client = member_of(organisation, "key")
    return NewRun(
        run_id=f"run_{organisation}",
        tenant=client.organisation,
        host=client.host,
        connection=client.connection,
        request_id="",
        spec=b"",
        spec_digest="",
        program=DIGEST,
        agent="a",
        session=None,
        policy=SessionPolicy.REJECT,
        continues=True,
    )


async def test_digest_of_another_organisation_is_like_one_of_nobody(
    reader: BundleReader, journal: CountedJournal
) -> None:
    sent = await reader.read(InlineBundle(AGENT), ONE)
    assert await reader.read(DigestBundle(DIGEST), ONE) is sent
    assert await reader.read(DigestBundle(DIGEST), member_of("one", "other key")) is sent
    assert journal.asked == 0
    for client in (TWO, Client("10.0.0.1", "ipv4:10.0.0.1:1")):
        others = await refusal(reader, DIGEST, client)
        assert others.replace(DIGEST, NOWHERE) == await refusal(reader, NOWHERE, client)
    # Both ask the database just once, so that neither is quicker than the other.
    assert journal.asked == 2


async def test_sending_the_same_bytes_makes_a_digest_one_s_own(reader: BundleReader) -> None:
    first = await reader.read(InlineBundle(AGENT), ONE)
    assert await reader.read(InlineBundle(AGENT), TWO) is first
    assert await reader.read(DigestBundle(DIGEST), TWO) is first


async def test_recorded_run_makes_a_digest_its_organisation_s_after_a_restart(
    reader: BundleReader, journal: CountedJournal
) -> None:
    await journal.keep_program(DIGEST, AGENT)
    await journal.create(run_of("one"), "me")
    assert (await reader.read(DigestBundle(DIGEST), ONE)).manifest.digest == DIGEST
    await refusal(reader, DIGEST, TWO)
    await refusal(reader, DIGEST, Client("10.0.0.1", "ipv4:10.0.0.1:1"))
    await journal.create(run_of("two"), "me")
    assert (await reader.read(DigestBundle(DIGEST), TWO)).manifest.digest == DIGEST


async def test_recorded_bytes_that_do_not_have_the_digest_are_not_used(
    reader: BundleReader, journal: CountedJournal
) -> None:
    await journal.keep_program(DIGEST, AGENT + b"\n")
    await journal.create(run_of("one"), "me")
    await refusal(reader, DIGEST, ONE)


def test_memory_of_owners_is_bounded_and_the_greedy_forgets_first() -> None:
    owners = BundleOwners(most=100)
    for number in range(20):
        owners.add("polite", str(number))
    for number in range(10_000):
        owners.add("greedy", str(number))
    assert all(owners.has("polite", str(number)) for number in range(20))
    assert owners.has("greedy", "9999")
    assert not owners.has("greedy", "0")
    assert not owners.has("nobody", "0")
