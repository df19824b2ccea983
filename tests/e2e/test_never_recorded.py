"""What is never recorded: values of secrets, keys of providers, and headers that the broker fills.

A bundle puts its key wherever one can be put. Placeholders are recorded; values are nowhere: not in
the events, the conversation, the requests to models and the log, nor in any file of the database.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caisson.executor.v1 import run_pb2 as pb
from services.executor.adapters.database.database import open_database
from services.executor.runs.rows import RunFilter
from tests.e2e.pair import asks, events_of, pair
from tests.e2e.test_fetch import echo
from tests.executor.fake_provider import answer, finish, text

LEAKING = pb.BundleSource(inline=Path(__file__).with_name("leaking.js").read_bytes())
SECRET = "sk-live-canary-5f0c8a3b9d"
PROVIDER_KEY = "sk-test"
TOOLS = ("get", "tell", "fail", "leak", "think")


def kept_in(folder: Path) -> bytes:
    """Return all that the files of a folder hold."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def recorded(folder: Path) -> bytes:
    """Return all that the journal gives of its runs."""
    database = open_database(folder)
    try:
        (row,) = await database.journal.runs(RunFilter(), 10)
        run_id = row.new.run_id
        chunks = await database.journal.events(run_id, 0, 10**8)
        records = await database.journal.records(run_id)
        events = [event for chunk in chunks for event in chunk.events]
        return b"".join([row.new.spec, row.ended or b"", *events, *(each.data for each in records)])
    finally:
        await database.close()


async def test_no_value_of_a_secret_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("API_KEY", SECRET)
    caplog.set_level("DEBUG")
    with echo() as (host, seen):
        given = json.dumps({"url": f"http://{host}/"})
        script = asks(*((tool, given) for tool in TOOLS))
        inner = [text("A key."), finish("stop")]
        settings = {"allow_fetch": (host,), "secrets": (f"API_KEY@{host}",)}
        state = str(tmp_path / "state")
        async with pair(script, inner, answer("Done."), state_dir=state, **settings) as (
            client,
            model,
        ):
            outcome = await client.run(bundle=LEAKING, session_id="s1", allow_models=True)
    sent = [each for each in seen if each["method"] == "POST"]
    assert [each["headers"]["authorization"] for each in sent] == [f"Bearer {SECRET}"]
    assert SECRET in sent[0]["body"]
    assert outcome.text == "Done."
    assert len(events_of(outcome, "tool_output_available")) == 3
    assert len(events_of(outcome, "tool_output_error")) == 2
    journal = await recorded(tmp_path / "state")
    assert journal.count(b"caisson_secret_") > 8
    told = "".join(map(str, outcome.events)) + json.dumps(model.requests) + caplog.text
    for secret in (SECRET, PROVIDER_KEY):
        assert secret not in told
        assert secret.encode() not in journal
        assert secret.encode() not in kept_in(tmp_path)


async def test_encrypted_journal_holds_no_words_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", SECRET)
    script = asks(("tell", "{}"))
    keys = (f"first:{'ab' * 32}",)
    settings = {"secrets": ("API_KEY@api.example",), "state_dir": str(tmp_path)}
    async with pair(script, answer("Very private."), journal_keys=keys, **settings) as (client, _):
        outcome = await client.run("Tell me", bundle=LEAKING, session_id="s1")
    assert outcome.text == "Very private."
    kept = kept_in(tmp_path)
    for said in (b"Very private", b"Tell me", b"caisson_secret_", b"the key is"):
        assert said not in kept.replace(LEAKING.inline, b"")
    assert b"\0sealed1\x05first" in kept
