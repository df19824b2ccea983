"""Secrets are asked of their sources once, kept for a while, and missed only where needed."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import pytest

from services.executor.adapters.http.exchange import HttpConnections
from services.executor.adapters.secret_sources import CommandSecrets, FileSecrets, Providers
from services.executor.clients import OWN_PROCESS, Client
from services.executor.egress.policy import Egress, EgressPolicy, read_policy
from services.executor.egress.rules import Allowances, parse_rule
from services.executor.egress.secret_values import KeptSecrets
from services.executor.egress.secrets import MissingValue, SecretBinding
from services.executor.errors import SetupError
from services.executor.events import ToolRequest
from tests.egress.brokers import Fixed, asking, says, server

VALUE, OTHER = "sk-live-0123456789", "sk-live-9876543210"


class Scripted:
    """A source whose values are set by the test, and that may wait for it."""

    def __init__(self) -> None:
        self.said: str | SetupError = VALUE
        self.asked = 0
        self.go = asyncio.Event()
        self.go.set()

    async def value(self, name: str) -> str:
        self.asked += 1
        await self.go.wait()
        if isinstance(self.said, SetupError):
            raise self.said
        return self.said


class Hand:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_value_is_kept_then_asked_again_and_a_new_one_counts() -> None:
    source, clock = Scripted(), Hand()
    kept = KeptSecrets(source, 30.0, 300.0, clock)
    assert [await kept.value("K"), await kept.value("K")] == [VALUE, VALUE]
    source.said, clock.now = OTHER, clock.now + 29.9
    assert await kept.value("K") == VALUE
    clock.now += 0.2
    assert await kept.value("K") == OTHER
    assert source.asked == 2
    assert VALUE not in repr(kept)


async def test_all_who_wait_share_one_question_and_one_may_leave() -> None:
    source = Scripted()
    source.go.clear()
    kept = KeptSecrets(source, 30.0, 300.0, Hand())
    tasks = [asyncio.create_task(kept.value("K")) for _ in range(50)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)
    source.go.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found[1:] == [VALUE] * 49
    assert source.asked == 1


async def test_last_value_is_used_while_the_source_fails_for_a_bounded_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source, clock = Scripted(), Hand()
    kept = KeptSecrets(source, 30.0, 300.0, clock)
    await kept.value("K")
    source.said = SetupError("It is away.")
    clock.now += 31
    with caplog.at_level(logging.WARNING):
        assert await kept.value("K") == VALUE
        assert await kept.value("K") == VALUE
    assert source.asked == 2  # not again at once
    assert VALUE not in caplog.text
    clock.now += 270
    with pytest.raises(SetupError, match="It is away"):
        await kept.value("K")
    source.said, clock.now = OTHER, clock.now + 2
    assert await kept.value("K") == OTHER


async def test_command_without_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    words = ["sh", "-c", f"echo $$ >> {pids}; sleep 600 & echo $! >> {pids}; wait"]
    with pytest.raises(SetupError, match="took more than"):
        await CommandSecrets(words, {"PATH": os.defpath}, timeout_s=0.5).value("K")
    for pid in pids.read_text().split():
        assert await asyncio.to_thread(ends, int(pid))


def ends(pid: int) -> bool:
    """Wait until a process has ended, for a while; return whether it has."""
    until = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)


def is_alive(pid: int) -> bool:
    """Return whether a process goes on; one that was not reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_command_that_prints_too_much_is_ended() -> None:
    with pytest.raises(SetupError, match="printed more than 65,536 bytes"):
        await CommandSecrets(["yes"], {"PATH": os.defpath}).value("K")


async def test_no_shell_reads_a_command() -> None:
    found = await CommandSecrets(["printf", "%s", "$(id) ; `id`"]).value("K")
    assert found == "$(id) ; `id`"


async def test_folder_has_a_file_for_each_secret_as_kubernetes_mounts_them(
    tmp_path: Path,
) -> None:
    for version, value in (("..v1", VALUE), ("..v2", OTHER)):
        (tmp_path / version).mkdir()
        (tmp_path / version / "KEY").write_text(value + "\n")
    (tmp_path / "..data").symlink_to("..v1")
    (tmp_path / "KEY").symlink_to("..data/KEY")
    source = FileSecrets(tmp_path, is_folder=True)
    assert await source.value("KEY") == VALUE
    (tmp_path / "..new").symlink_to("..v2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert await source.value("KEY") == OTHER
    with pytest.raises(SetupError, match="cannot be read"):
        await source.value("NONE")


async def test_file_that_is_none_does_not_hold_a_run_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "KEY")
    for path in (tmp_path / "KEY", tmp_path, Path("/dev/zero")):
        with pytest.raises(SetupError, match="cannot be read"):
            await FileSecrets(path).value("KEY")


@pytest.mark.parametrize(
    "source",
    [
        {"aws": "x"},
        {"file": 3},
        {"folder": ""},
        {"command": "vault read x"},
        {"command": []},
        {"vault": {"path": "a", "key": "b"}},
        {"file": "a", "folder": "b"},
        "file",
    ],
)
def test_unknown_providers_are_refused_at_start(source: Any) -> None:
    entry = {"name": "KEY", "hosts": ["api.x.com"], "from": source}
    with pytest.raises(SetupError, match=r"comes from|must be one of"):
        read_policy(json.dumps({"secrets": [entry]}), Providers(str).source_of)


async def test_missing_secret_fails_requests_to_its_hosts_and_no_others() -> None:
    async with server(says()) as bound, server(says()) as other:
        missing = SecretBinding("GONE", (parse_rule(bound.authority),), Fixed(""))
        present = SecretBinding("HERE", (parse_rule(other.authority),), Fixed(""))
        bindings: list[tuple[SecretBinding, str | MissingValue]] = [
            (missing, MissingValue("Off.")),
            (present, VALUE),
        ]
        async with asking(bound.authority, other.authority, bound=bindings) as tool:
            env = tool.run.secrets.env
            assert set(env) == {"GONE", "HERE"}
            kind, message = await tool.refused(
                bound.url(), headers=[["authorization", f"Bearer {env['GONE']}"]]
            )
            assert (kind, message) == (
                "THROWN",
                "The request needs the secret GONE, which has no value now. Off.",
            )
            # What the host says could not be searched for it, whatever the request has.
            assert (await tool.refused(bound.url()))[0] == "THROWN"
            headers = [["x-key", env["HERE"]]]
            assert (await tool.fetch(other.url(), headers=headers))["status"] == 200
            kind, message = await tool.refused(other.url(), headers=[["x-key", env["GONE"]]])
            assert kind == "CAPABILITY_DENIED"
            assert "not bound to" in message
            assert [each.status for each in tool.records] == [0, 0, 200, 0]
    assert bound.heard == []


def secret(name: str, host: str, value: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "hosts": [host], "from": {"environment": value}, **more}


async def test_grants_are_those_of_the_run_s_organisation() -> None:
    lookup = {"OF_ONE": VALUE, "OF_TWO": OTHER}.get
    async with server(says()) as wire:
        document = {
            "fetch": [{"rule": wire.authority, "organisations": ["one", "two"]}],
            "secrets": [
                secret("KEY", wire.authority, "OF_ONE", organisations=["one"]),
                secret("KEY", wire.authority, "OF_TWO", organisations=["two"], agents=["a"]),
            ],
            "env": [{"name": "PLACE", "value": "1", "organisations": ["one"]}],
        }
        policy = read_policy(json.dumps(document), Providers(lookup).source_of)
        egress = Egress(connections, policy)
        for organisation, names in (("one", ["KEY", "PLACE"]), ("two", ["KEY"]), ("", [])):
            async with egress.open("a", organisation, None, recorded, OWN_PROCESS) as broker:
                assert sorted(broker.env) == names
                assert broker.env.get("PLACE", "1") == "1"
        assert policy.grants_both_the_same("a", "b", "one")
        assert not policy.grants_both_the_same("a", "b", "two")
        assert policy.gives_values("b", "one")
        assert not policy.gives_values("b", "two")


async def test_source_that_fails_does_not_fail_the_run() -> None:
    source = Scripted()
    source.said = SetupError("It is away.")
    bindings = (
        SecretBinding("GONE", (parse_rule("api.x.com"),), source),
        SecretBinding("SHORT", (parse_rule("api.y.com"),), Fixed("short")),
        SecretBinding("HERE", (parse_rule("api.z.com"),), Fixed(VALUE)),
    )
    egress = Egress(connections, EgressPolicy((), bindings))
    async with egress.open("a", "", None, recorded, OWN_PROCESS) as broker:
        assert sorted(broker.env) == ["GONE", "HERE", "SHORT"]


def connections(allowed: Allowances, client: Client) -> HttpConnections:
    return HttpConnections(allowed)


async def recorded(event: ToolRequest) -> None:
    del event
