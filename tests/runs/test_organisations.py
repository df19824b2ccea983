"""A run that goes on at another executor is still that of its organisation."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from caisson.executor.v1 import run_pb2
from services.executor.clients import member_of
from services.executor.conversation import SessionKey
from services.executor.egress.audience import Audience
from services.executor.egress.environment import PlainValue
from services.executor.egress.policy import EgressPolicy
from services.executor.egress.rules import parse_rule
from services.executor.egress.secrets import SecretBinding
from services.executor.run_errors import UnknownRunError
from services.executor.runs.ports import Journal
from services.executor.runs.rows import RunFilter
from services.executor.runs.runtime import RunKeeping
from services.executor.runs.shared_rows import SharedRows
from tests.egress.brokers import Fixed
from tests.executor.builders import ADD_SCHEMA, says, stage, tool
from tests.executor.scripted_server import scripted
from tests.runs.journals import begun, memory, postgres, sqlite
from tests.runs.recorded import new_run

HOSTS = (parse_rule("api.example.com"),)


def only(organisation: str) -> Audience:
    return Audience(None, frozenset({organisation}))


POLICY = EgressPolicy(
    secrets=tuple(
        SecretBinding("KEY", HOSTS, Fixed(f"value-of-{name}"), only(name))
        for name in ("one", "two")
    ),
    env=tuple(PlainValue("PLACE", f"of-{name}", only(name)) for name in ("one", "two")),
)


@pytest.mark.parametrize("kind", [memory, sqlite, postgres], ids=lambda made: made.__name__)
async def test_claimed_run_has_the_grants_of_its_organisation(
    request: pytest.FixtureRequest, tmp_path: Path, kind: type
) -> None:
    url = ""
    if kind is postgres:
        url = cast("str", request.getfixturevalue("postgres_url"))
    made = stage(*[says("Done.")] * 3, tools=[tool("add", ADD_SCHEMA)], policy=POLICY)
    spec = run_pb2.RunSpec(message="Hello", session_id="s", resource_id="r").SerializeToString()
    names = ("one", "two", "three")
    async with kind(tmp_path, lambda: url) as journal:
        for name in names:
            client = member_of(name, "key")
            new = new_run(f"run_{name}", tenant=name, host=client.host, connection="key")
            new = replace(new, spec=spec, agent="main", session=SessionKey("r", "s", name))
            await journal.keep_program(new.program, b"x")
            await begun(journal, new, owner="gone")
        await journal.leave("gone")
        async with scripted(made, journal, keeping=RunKeeping(lease_s=1.0)):
            for name in names:
                await ended(journal, name)
        places = sorted(each.get("PLACE", "") for each in made.runner.environments)
        assert places == ["", "of-one", "of-two"]
        assert sum("KEY" in each for each in made.runner.environments) == 2
        assert not any("value-of" in str(each) for each in made.runner.environments)
        assert sorted(made.runner.tenants) == sorted(member_of(n, "key").tenant for n in names)


async def ended(journal: Journal, organisation: str) -> None:
    """Wait until the run of an organisation has ended."""
    async with asyncio.timeout(30):
        for _ in range(100_000):
            (row,) = await journal.runs(RunFilter(organisation), 9)
            if row.status.has_ended:
                assert row.status.value == "completed", row.ended
                return
            await asyncio.sleep(0.01)
    raise AssertionError


async def test_what_is_kept_of_a_run_is_not_shown_to_others(tmp_path: Path) -> None:
    async with memory(tmp_path, str) as journal:
        await begun(journal, new_run("run_1", tenant="one"))
        rows = SharedRows(journal, 60.0, 1000)
        assert (await rows.row("run_1", "one", 0)).new.tenant == "one"
        with pytest.raises(UnknownRunError):
            await rows.row("run_1", "two", 0)
        assert (await rows.row("run_1", "one", 0)).new.tenant == "one"
