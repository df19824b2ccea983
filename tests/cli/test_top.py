"""``caisson top`` shows what services do, and ``doctor --server`` what is wrong with one."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from caisson.executor.v1.run_pb2 import SESSION_POLICY_QUEUE
from services.executor.access.principal import Role
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolrunnerSettings
from tests.access.credentials import KEY, add_key
from tests.cli.command import Caisson, Result
from tests.executor.fake_provider import STALL, fake_provider, text
from tests.executor.served import served

SCREEN_S = 60.0


async def run(caisson: Caisson, *arguments: str) -> Result:
    return await asyncio.to_thread(caisson, *arguments)


async def test_top_shows_runs_and_workers(
    caisson: Caisson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, runner_admin = f"unix:{tmp_path}/admin", f"unix:{tmp_path}/runner"
    runner = ToolrunnerSettings(address="127.0.0.1:0", admin_address=runner_admin, workers=1)
    async with (
        fake_provider([text("hm"), STALL]) as provider,
        running_toolrunner(runner) as toolrunner,
    ):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(admin_address=admin, toolrunner=toolrunner) as client:
            going = client.start("a secret prompt")
            run_id = (await anext(aiter(going))).run_id
            await provider.stalled.wait()
            seen = await run(caisson, "top", "--admin", admin, "--admin", runner_admin, "--once")
            as_json = await run(caisson, "top", "--admin", admin, "--admin", runner_admin, "--json")
            going.cancel()
    assert seen.status == 0, seen
    assert run_id in seen.out
    assert "1 runs" in seen.out
    assert "1 workers" in seen.out
    assert "\x1b" not in seen.out
    executor, tools = as_json.json["services"]
    assert [each["run"] for each in executor["runs"]] == [run_id]
    assert executor["runs"][0]["state"] == "model"
    assert tools["workers"][0]["state"] in ("idle", "busy")
    assert "secret prompt" not in seen.out + as_json.out


async def test_top_shows_the_queue_of_runs(
    caisson: Caisson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = f"unix:{tmp_path}/admin"
    async with fake_provider([text("hm"), STALL]) as provider:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        async with served(admin_address=admin) as client:
            queues: dict[str, Any] = {"session_id": "s", "session_policy": SESSION_POLICY_QUEUE}
            going = client.start("first", **queues)
            await anext(aiter(going))
            await provider.stalled.wait()
            second = client.start("second", **queues)
            events = aiter(second)
            while (await anext(events)).WhichOneof("event") != "session_wait":
                pass
            seen = await run(caisson, "top", "--admin", admin, "--once")
            as_json = await run(caisson, "top", "--admin", admin, "--json")
            second.cancel()
            going.cancel()
    assert "2 runs" in seen.out
    assert "1 queued" in seen.out
    (executor,) = as_json.json["services"]
    assert executor["queued"] == 1
    assert sorted(each["state"] for each in executor["runs"]) == ["model", "queued"]


async def test_top_needs_the_key_of_an_operator(caisson: Caisson, tmp_path: Path) -> None:
    admin = f"unix:{tmp_path}/admin"
    key = await add_key(tmp_path / "state", "acme", Role.OPERATOR)
    known: dict[str, Any] = {"api_keys": True, "key": KEY, "state_dir": str(tmp_path / "state")}
    async with served(admin_address=admin, **known):
        refused = await run(caisson, "top", "--admin", admin, "--once")
        own = caisson.given({"CAISSON_API_KEY": key})
        seen = await run(own, "top", "--admin", admin, "--once")
    assert refused.status == 1
    assert "operator" in refused.err
    assert seen.status == 0, seen


async def test_top_says_what_does_not_answer(caisson: Caisson, tmp_path: Path) -> None:
    nobody = await run(caisson, "top", "--admin", f"unix:{tmp_path}/none", "--once")
    assert nobody.status == 1
    assert "CAISSON_EXECUTOR_ADMIN_ADDRESS" in nobody.err
    wrong = await run(caisson, "top", "--admin", "not an address", "--once")
    assert wrong.status == 2


async def test_top_in_a_terminal_ends_cleanly(caisson: Caisson, tmp_path: Path) -> None:
    admin = f"unix:{tmp_path}/admin"
    async with served(admin_address=admin):
        process, terminal = caisson.in_terminal("top", "--admin", admin)
        ends = threading.Timer(SCREEN_S, process.kill)
        ends.start()
        shown = await asyncio.to_thread(read_until, terminal, "0 runs")
        process.send_signal(signal.SIGINT)
        rest = await asyncio.to_thread(read_until, terminal, "interrupted")
        status = await asyncio.to_thread(process.wait, SCREEN_S)
        ends.cancel()
        os.close(terminal)
    assert "executor" in shown
    assert "\x1b[?1049l" in rest  # the screen of before is back
    assert status == 130


def read_until(terminal: int, words: str) -> str:
    """Read what is written to a terminal until these words come, or it is closed."""
    found = ""
    while words not in found:
        found += os.read(terminal, 65536).decode("utf-8", "replace")
    return found


async def test_doctor_checks_a_running_executor(caisson: Caisson) -> None:
    async with served() as client:
        result = await run(caisson, "doctor", "--server", client.address, "--json")
    found = {check["name"]: check for check in result.json["checks"]}
    assert result.status == 0, result
    for name in ("connection", "health", "health ExecutorService", "credential", "version"):
        assert found[name]["works"] is True, found[name]
    assert "as this command" in found["version"]["detail"]


async def test_doctor_says_what_to_do(caisson: Caisson, tmp_path: Path) -> None:
    known: dict[str, Any] = {"api_keys": True, "key": KEY, "state_dir": str(tmp_path / "state")}
    async with served(**known) as client:
        result = await run(caisson, "doctor", "--server", client.address)
    assert result.status == 1
    assert "CAISSON_API_KEY" in result.out
    nobody = await run(caisson, "doctor", "--server", "127.0.0.1:9")
    assert nobody.status == 1
    assert "caisson serve" in nobody.out


async def test_doctor_tells_a_toolrunner_from_an_executor(caisson: Caisson) -> None:
    async with running_toolrunner(ToolrunnerSettings(address="127.0.0.1:0", workers=1)) as address:
        result = await run(caisson, "doctor", "--server", address)
    assert result.status == 1
    assert "that is a toolrunner" in result.out
