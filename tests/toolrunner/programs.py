"""Programs whose tools do what the tests need."""

from __future__ import annotations

import json

TOOLS = b"""
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";

let count = 0;
const tool = (execute) => createTool({ description: "a tool", inputSchema: z.any(), execute });
const later = (ms, value) => new Promise((resolve) => setTimeout(() => resolve(value), ms));

const tools = {
  add: tool(async ({ a, b }) => ({ sum: a + b })),
  echo: tool(async (input) => input),
  context: tool(async (input, context) => context),
  talk: tool(async () => { console.log("one"); await later(5); console.warn("two"); return 2; }),
  report: tool(async () => { console.log("running"); await later(60000); }),
  later: tool(async ({ ms }) => later(ms, "done")),
  parallel: tool(async () => Promise.all([later(20, "a"), later(10, "b"), 3])),
  count: tool(async () => [++count, (globalThis.seen = (globalThis.seen ?? 0) + 1)]),
  random: tool(async () => [Math.random(), crypto.randomUUID()]),
  shout: tool(async () => { for (let i = 0; i < 100000; i++) console.log("x".repeat(100)); }),
  throws: tool(async () => { throw new TypeError("no such city"); }),
  loops: tool(async () => { for (;;) {} }),
  hoards: tool(async () => { const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1)); }),
  recurses: tool(async () => { const down = () => down() + 1; return down(); }),
  big: tool(async () => "x".repeat(2 << 20)),
  fetches: tool(async () => (await fetch("https://example.com/")).status),
  never: tool(async () => new Promise(() => {})),
};

export const agents = { demo: createAgent({ name: "demo", system: "", model: "m", tools }) };
"""


def tool_program(body: str, before: str = "") -> bytes:
    """Return a program with one tool, ``run``, that does ``body`` after ``before``.

    Its schema is plain, since zod would take most of the time that the program loads.
    """
    return f"""
    import {{ createAgent }} from "lightfast/agent";
    import {{ createTool }} from "lightfast/tool";
    {before}
    const run = createTool({{
      description: "a tool", inputSchema: {{}}, execute: async (input) => {{ {body} }},
    }});
    export const agents = {{
      demo: createAgent({{ name: "demo", system: "", model: "m", tools: {{ run }} }}),
    }};
    """.encode()


def padded(source: bytes, size: int) -> bytes:
    """Return ``source`` with a comment that makes it ``size`` bytes long."""
    room = size - len(source) - len(b"//")
    return source + b"//" + b"x" * room


def json_text(value: object) -> str:
    """Return JSON text as a caller writes it."""
    return json.dumps(value)
