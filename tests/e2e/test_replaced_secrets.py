"""A secret is replaced under a steady load of runs: none is lost, and the old value ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest

from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.e2e.pair import COMPILED, asks, executor
from tests.e2e.test_fetch import FETCHING, echo
from tests.executor.fake_provider import FakeProvider, answer
from tests.executor.served import Client
from tests.loopback import listening

CLIENTS, RUNS = 3, 9
OLD, NEW = "sk-old-5f0c8a3b9d", "sk-new-77aa01c2e4"


class Fetching(FakeProvider):
    """A model that fetches a URL once in each run."""

    def script(self) -> Sequence[Any]:
        if self.requests[-1]["messages"][-1]["role"] == "tool":
            return answer("Done.")
        return asks(("get", json.dumps({"url": self.url})))


class Load:
    """Clients that run the agent again and again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._news = asyncio.Condition()
        self._active: set[int] = set()
        self.begun = self.done = 0
        self.lost: list[Any] = []

    async def run(self) -> None:
        """Run until this is cancelled."""
        while True:
            self.begun = number = self.begun + 1
            self._active.add(number)
            outcome = await self._client.run(bundle=FETCHING)
            is_done = outcome.code is grpc.StatusCode.OK
            if not is_done or "tool_output_available" not in outcome.kinds:
                self.lost.append(outcome)
            async with self._news:
                self.done += 1
                self._active.discard(number)
                self._news.notify_all()

    async def until_done(self, runs: int) -> None:
        """Wait until so many runs have ended in all."""
        async with self._news:
            await self._news.wait_for(lambda: self.done >= runs)

    async def until_those_ended(self) -> None:
        """Wait until all that have begun have ended."""
        begun = self.begun
        async with self._news:
            await self._news.wait_for(lambda: min(self._active, default=begun + 1) > begun)


@pytest.mark.parametrize("source", ["file", "command"])
async def test_secret_is_replaced_under_a_load_of_runs(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value, policy = tmp_path / "value", tmp_path / "policy.json"
    value.write_text(OLD)
    model = Fetching([])
    runner = ToolRunnerSettings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED))
    with echo() as (host, seen):
        said = {"file": str(value)} if source == "file" else {"command": ["cat", str(value)]}
        entry = {"name": "API_KEY", "hosts": [host], "from": said}
        policy.write_text(json.dumps({"fetch": [{"rule": f"http://{host}"}], "secrets": [entry]}))
        model.url = f"http://{host}/"
        async with listening(model.serve) as port, running_toolrunner(runner) as toolrunner:
            monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
            monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
            settings: dict[str, Any] = {"egress_policy": str(policy), "secret_fresh_s": 0.2}
            async with executor(toolrunner, **settings) as client:
                load = Load(client)
                async with asyncio.timeout(120), asyncio.TaskGroup() as group:
                    runs = [group.create_task(load.run()) for _ in range(CLIENTS)]
                    await load.until_done(RUNS)
                    other = tmp_path / "other"
                    other.write_text(NEW)
                    other.replace(value)  # as Kubernetes and careful people do
                    while sent(seen)[-1] != NEW:  # noqa: ASYNC110 - the bound is the timeout
                        await asyncio.sleep(0.02)
                    await load.until_those_ended()  # some began with the old one
                    from_here = len(seen)
                    await load.until_done(load.done + RUNS)
                    for task in runs:
                        task.cancel()
    assert load.lost == []
    assert set(sent(seen)) == {OLD, NEW}
    assert set(sent(seen)[from_here:]) == {NEW}


def sent(seen: Sequence[dict[str, Any]]) -> list[str]:
    """The values that arrived, in order."""
    return [each["headers"]["authorization"].removeprefix("Bearer ") for each in seen]
