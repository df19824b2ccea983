"""The example of ``make run``: one tool works, the other is refused, the agent answers anyway."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from examples.weather.build import build
from services.cli.show.manifest import show_manifest
from services.cli.show.terminal import Terminal
from services.executor.bundle.process.read_source import read_source
from tests.cli.command import ROOT, TIMEOUT_S, Caisson
from tests.npm import alone


@pytest.fixture(scope="module")
def weather() -> str:
    """The example's bundle, built by its documented command."""
    with alone("weather"):
        return str(build())


def test_without_a_key_an_offline_model_is_used(caisson: Caisson, weather: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.weather.run"],
        cwd=ROOT,
        env=caisson.variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    out = done.stdout
    assert "no provider key set: using llmock, an offline model, which invents the inputs" in out
    assert '→ getWeather {"city": ' in out
    assert '← getWeather {"city": ' in out
    assert "→ readSecrets " in out
    assert "✗ readSecrets CAPABILITY_DENIED: " in out
    first, _, second = out.partition("readSecrets")
    assert "2 steps" in first
    assert "2 steps" in second
    assert "root:" not in out
    assert not caisson.processes()


def test_the_bundle_is_read_whole(caisson: Caisson, weather: str) -> None:
    result = caisson("inspect", weather, "--json")
    assert result.status == 0, result.err
    manifest = result.json
    assert manifest["diagnostics"] == []
    forecaster = manifest["agents"]["forecaster"]
    assert forecaster["model"].endswith("openai/gpt-5-mini")
    assert set(forecaster["tools"]) == {"getWeather", "readSecrets"}
    assert all(tool["inputSchema"] for tool in forecaster["tools"].values())


def test_the_documents_show_what_inspect_shows(weather: str) -> None:
    document = (ROOT / "docs" / "bundling.md").read_text(encoding="utf-8")
    block = document.partition("For the example it shows:\n\n```text\n")[2].partition("\n```\n")[0]
    assert "getWeather" in block
    source = Path(weather).read_bytes()
    out = io.StringIO()
    with Terminal(out, io.StringIO(), width=96) as terminal:
        show_manifest(terminal, read_source("sha256:0", source), source, weather)
    assert block in out.getvalue()


def test_the_simulation_is_deterministic(caisson: Caisson, weather: str) -> None:
    arguments = ("tool", weather, "forecaster", "getWeather", '{"city": "Oslo"}', "--json")
    first, second = caisson(*arguments), caisson(*arguments)
    assert first.json["ok"] is True
    assert first.json["output"] == second.json["output"]
    assert first.json["output"]["city"] == "Oslo"
