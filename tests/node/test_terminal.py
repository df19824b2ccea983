"""A program for the terminal that is set up at load leaves its tools alone."""

from __future__ import annotations

from tests.guest.conftest import sandbox
from tests.guest.sandboxed import Sandbox, run_body

__all__ = ["sandbox"]

PROGRAM = """
  import readline from "node:readline";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", () => {}).on("end", () => process.exit(0));
  const rl = readline.createInterface({ input: process.stdin, output: process.stdout });
  rl.on("line", () => {}).on("close", () => process.exit(0));
  rl.prompt();
"""
LATER = "await new Promise((done) => setTimeout(done, 2));"


def test_terminal_of_the_load_does_not_end_calls(sandbox: Sandbox) -> None:
    assert run_body(sandbox, f"{LATER} return 1", head=PROGRAM).value == 1


def test_input_is_empty_for_a_call_that_reads_it(sandbox: Sandbox) -> None:
    body = """
      let text = "";
      for await (const chunk of process.stdin) text += chunk;
      return [text, process.stdin.readableEnded];
    """
    assert run_body(sandbox, body).value == ["", True]
