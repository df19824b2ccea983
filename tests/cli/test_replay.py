"""``caisson tool --record`` and ``caisson replay``: a call, and the same call once more."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command import Caisson
from tests.cli.conftest import Files
from tests.e2e.test_fetch import echo

SECRET = "very-secret-canary"
HEAD = 'import { ToolLoopAgent, tool } from "ai"; import { z } from "zod";'
BODY = (
    "async () => { const sent = await fetch(process.env.URL, { headers: { 'x-k':"
    " process.env.API_KEY } }); const { path } = await sent.json();"
    " return [path, Math.random(), Date.now()]; }"
)
TAIL = 'export const agent = new ToolLoopAgent({ model: "openai/m", tools: { t } });'


def bundle(path: Path, body: str = BODY) -> str:
    """Write a bundle with one tool, and return its path."""
    made = f"const t = tool({{ description: 'd', inputSchema: z.object({{}}), execute: {body} }});"
    path.write_text(f"{HEAD}\n{made}\n{TAIL}")
    return str(path)


def test_recorded_call_is_made_once_more(caisson: Caisson, tmp_path: Path) -> None:
    path, record = bundle(tmp_path / "bundle.mjs"), tmp_path / "call.json"
    run = caisson.given({"API_KEY": SECRET})
    with echo() as (host, seen):
        grants = ("--allow-fetch", host, "--secret", f"API_KEY@{host},header=x-k")
        values = ("--env", f"URL=http://{host}/w", "--record", str(record))
        result = run("tool", path, "agent", "t", *grants, *values, "--json")
    assert result.status == 0, result.out
    assert len(seen) == 1
    assert SECRET not in record.read_text()
    again = caisson("replay", path, str(record), "--json")
    assert again.status == 0, again
    assert again.json == {
        "callId": "call-1",
        "agent": "agent",
        "tool": "t",
        "same": True,
        "whyNot": "",
        "changedProgram": False,
        "requests": 1,
        "fuel": result.json["usage"]["fuel"],
        "differences": [],
        "notes": [],
    }
    changed = bundle(tmp_path / "changed.mjs", BODY.replace("[path,", "[path + '!',"))
    shown = caisson("replay", changed, str(record))
    assert shown.status == 1
    assert "differs: result" in shown.out
    assert '-  "/w",' in shown.out
    assert '+  "/w!",' in shown.out


def test_what_cannot_be_repeated_says_why(caisson: Caisson, files: Files, tmp_path: Path) -> None:
    record = tmp_path / "call.json"
    options = ("--timeout-s", "0.3", "--record", str(record))
    caisson("tool", files.workshop, "worker", "sleeps", *options)
    shown = caisson("replay", files.workshop, str(record))
    assert shown.status == 1
    assert "not replayed" in shown.out
    assert "ended from outside" in shown.out


def test_files_that_are_no_recordings_are_refused(
    caisson: Caisson, files: Files, tmp_path: Path
) -> None:
    assert caisson("replay", files.workshop, str(tmp_path / "none.json")).status == 2
    for text in ("", "[]", '{"unknown": 1}', '{"steps": ' + "[" * 5000):
        (tmp_path / "bad.json").write_text(text)
        shown = caisson("replay", files.workshop, str(tmp_path / "bad.json"))
        assert shown.status == 2, shown
        assert "not a recording" in shown.err


def test_forged_recording_is_refused(caisson: Caisson, files: Files, tmp_path: Path) -> None:
    record = tmp_path / "call.json"
    text = '{"a": 2, "b": 3}'
    made = caisson("tool", files.workshop, "worker", "add", text, "--record", str(record))
    assert made.status == 0, made.err
    forged = json.loads(record.read_text())
    forged["trace"]["call"]["seed"] = "c2hvcnQ="
    record.write_text(json.dumps(forged))
    shown = caisson("replay", files.workshop, str(record))
    assert shown.status in {1, 2}
    assert "must have 32 bytes" in shown.err
