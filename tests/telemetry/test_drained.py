"""An executor that is told to stop says so at once, lets its run end, and logs it in one line."""

from __future__ import annotations

import asyncio
from datetime import datetime

import grpc
import pytest

from tests.telemetry.drained import PROMPT, SAID, SECRET, Scene, drained


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return asyncio.run(drained(tmp_path_factory.mktemp("drained")))


def test_draining_executor_is_not_ready_and_its_run_ends(scene: Scene) -> None:
    assert scene.before.status == 200
    assert "stopping" in scene.while_draining["checks"]["drain"]
    assert scene.live.status == 200
    assert scene.outcome.code is grpc.StatusCode.OK
    assert scene.outcome.text == SAID
    assert scene.status == 0


def test_each_log_line_is_json(scene: Scene) -> None:
    assert scene.lines
    for line in scene.lines:
        assert line["service"] == "executor"
        assert {"time", "level", "logger", "message"} <= line.keys()
        assert line["time"].endswith("Z")
        datetime.fromisoformat(line["time"].replace("Z", "+00:00"))


def test_run_has_one_line_that_says_all(scene: Scene) -> None:
    line = scene.run_line
    assert line["run"] == scene.outcome.events[0].run_id
    assert (line["state"], line["reason"]) == ("finished", "stop")
    assert (line["agent"], line["model"]) == ("helper", "openai/gpt-x")
    assert (line["steps"], line["retries"], line["tool_calls"]) == (1, 0, {})
    assert (line["input_tokens"], line["output_tokens"]) == (30, 12)
    assert 0 <= line["waited_s"] <= line["first_token_s"] <= line["duration_s"]
    assert line["level"] == "INFO"


def test_log_and_pages_have_no_content_and_no_secret(scene: Scene) -> None:
    shown = "\n".join([*scene.log, scene.runs.text, scene.before.text])
    for text in (PROMPT, SAID, SECRET, "Be brief."):
        assert text not in shown


def test_debug_page_names_the_live_run(scene: Scene) -> None:
    assert scene.outcome.events[0].run_id in scene.runs.text
    assert "helper" in scene.runs.text
