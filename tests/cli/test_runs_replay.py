"""``caisson runs replay``: the tool calls of a recorded run, once more."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import Caisson

BUNDLE = """
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";
const add = createTool({
  description: "Adds two numbers.",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => {
    console.log("adding", Math.random());
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { sum: a + b, at: Date.now() };
  },
});
const tools = { add };
export const helper = createAgent({ name: "helper", system: "", model: "openai/m", tools });
"""


def test_calls_of_a_run_are_made_once_more(caisson: Caisson, tmp_path: Path) -> None:
    path, changed = tmp_path / "bundle.js", tmp_path / "changed.js"
    path.write_text(BUNDLE)
    changed.write_text(BUNDLE.replace("a + b", "a - b"))
    ran = caisson("run", str(path), "Add 2 and 3", "--offline", "--json")
    assert ran.status == 0, ran.err
    run_id = ran.events[0]["runId"]
    again = caisson("runs", "replay", run_id, "--json")
    assert again.status == 0, again
    assert len(again.events) >= 1
    assert all(each["same"] and not each["changedProgram"] for each in again.events)
    call_id = again.events[0]["callId"]
    other = caisson("runs", "replay", run_id, "--call", call_id, "--program", str(changed))
    assert other.status == 1
    assert "differs: result" in other.out
    unknown = caisson("runs", "replay", run_id, "--call", "call_none")
    assert unknown.status == 2
    assert caisson("runs", "replay", "run_none").status == 2
