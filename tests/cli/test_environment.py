"""``--env`` and ``--secret``: values at load and in calls, and what ``inspect`` suggests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Caisson
from tests.e2e.test_fetch import echo

HEAD = 'import { ToolLoopAgent, tool } from "ai"; import { z } from "zod";'
TAIL = 'export const agent = new ToolLoopAgent({ model: "openai/m", tools: { t } });'
SECRET = "very-secret-key"


def bundle(folder: Path, top: str, body: str) -> str:
    """Write a bundle with one tool, and return its path."""
    path = folder / "bundle.mjs"
    made = f"const t = tool({{ description: 'd', inputSchema: z.object({{}}), execute: {body} }});"
    path.write_text(f"{HEAD}\n{top}\n{made}\n{TAIL}")
    return str(path)


def test_key_and_address_at_load(caisson: Caisson, tmp_path: Path) -> None:
    path = bundle(
        tmp_path,
        "const { API_URL } = process.env; const key = process.env.API_KEY ?? '';"
        "if (!key) throw new Error('API_KEY is required');",
        "async () => { const sent = await fetch(`${API_URL}/w`, { headers: { 'x-k': key } });"
        " return [(await sent.json()).path, key.startsWith('sk_live_'), API_URL]; }",
    )
    run = caisson.given({"API_KEY": SECRET, "PLAIN": "p"})
    with echo() as (host, seen):
        grants = ("--allow-fetch", host, "--secret", f"API_KEY@{host},header=x-k,like=sk_live_...")
        result = run(
            "tool", path, "agent", "t", *grants, "--env", f"API_URL=http://{host}", "--json"
        )
    assert result.json["output"] == ["/w", True, f"http://{host}"], result.out
    assert [each["headers"]["x-k"] for each in seen] == [SECRET]
    load = result.json["load"]
    assert (load["env"], load["fetches"]) == (["API_KEY", "API_URL"], False)
    assert load["fuel"] > 0
    missing = run("tool", path, "agent", "t", "--json").json
    assert (missing["failure"]["kind"], missing["failure"]["message"]) == (
        "LOAD_FAILED",
        "API_KEY is required",
    )
    shown = run("inspect", path, "--json").json
    notes = [each["reason"] for each in shown["diagnostics"]]
    assert [note.split()[0] for note in notes] == ["API_URL", "API_KEY"]


def test_address_in_the_call_is_suggested_and_given(caisson: Caisson, tmp_path: Path) -> None:
    path = bundle(
        tmp_path,
        "",
        "async () => { const url = process.env.SHOP_URL; if (!url) throw new Error('no SHOP_URL');"
        " const base = process.env.BASE ?? 'http://localhost:3000';"
        " const sent = await fetch(`${url}/orders`, { headers: { 'x-k': process.env.SHOP_KEY } });"
        " return [await sent.status, base]; }",
    )
    shown = caisson("inspect", path, "--json").json
    tool = shown["agents"]["agent"]["tools"]["t"]
    assert tool["reach"]["addresses"] == ["BASE", "SHOP_URL"]
    assert tool["suggestedArguments"] == ["--env", "BASE", "--env", "SHOP_URL"]
    text = caisson("inspect", path).out
    assert "SHOP_KEY: add --secret NAME@HOST" in text
    assert "@localhost" not in text
    failed = caisson("tool", path, "agent", "t", "--env", "BASE=x", "--json").json
    assert "--env SHOP_URL=VALUE" in failed["notGranted"]
    with echo() as (host, _):
        given = ("--env", f"SHOP_URL=http://{host}", "--env", "BASE=b", "--allow-fetch", host)
        done = caisson("tool", path, "agent", "t", *given, "--json").json
    assert done["output"] == [200, "b"]
    assert "load" not in done


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--env", "NOT_SET"), "NOT_SET is not set"),
        (("--env", "A B=1"), "not a variable's name"),
        (("--env", "=1"), "not a variable's name"),
        (("--env", "A=1", "--env", "A=2"), "given two values"),
        (("--env", "KEY=1", "--secret", "KEY@a.example"), "both a secret and a plain value"),
        (("--env", "A=" + "x" * 40_000), "at most 32768"),
        (("--secret", "KEY@a.example,like=sk_1234"), "too short"),
    ],
)
def test_values_that_cannot_be_used(
    caisson: Caisson, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    path = bundle(tmp_path, "", "() => 1")
    run = caisson.given({"KEY": SECRET})
    result = run("tool", path, "agent", "t", *options)
    assert result.status == 2
    assert message in result.err.replace("\n", " ")
    assert SECRET not in result.err
