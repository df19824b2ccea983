"""Bundles as a person would write them, for the command's tests."""

from __future__ import annotations

HEAD = """import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { readFileSync } from "node:fs";
import { z } from "zod";
"""

# Every way in which a tool can end.
WORKSHOP = (
    HEAD
    + """
const tools = {
  add: createTool({
    description: "Adds two numbers.",
    inputSchema: z.object({ a: z.number(), b: z.number() }),
    execute: ({ a, b }) => {
      console.log("adding", a, b);
      console.warn("carefully");
      return { sum: a + b };
    },
  }),
  whoami: createTool({
    description: "Returns the runtime context.",
    inputSchema: z.object({}),
    execute: (input, context) => context,
  }),
  escape: createTool({
    description: "Returns terminal control codes.",
    inputSchema: z.object({}),
    execute: () => { console.log("\\u001b[2Jgone"); return "\\u001b]0;title\\u0007"; },
  }),
  throws: createTool({
    description: "Throws.",
    inputSchema: z.object({}),
    execute: () => { throw new RangeError("out of range"); },
  }),
  spins: createTool({
    description: "Never ends.",
    inputSchema: z.object({}),
    execute: () => { for (;;); },
  }),
  sleeps: createTool({
    description: "Waits for a minute.",
    inputSchema: z.object({}),
    execute: () => new Promise((resolve) => setTimeout(resolve, 60000)),
  }),
  hoards: createTool({
    description: "Takes all memory.",
    inputSchema: z.object({}),
    execute: () => { const kept = []; for (;;) kept.push(new Uint8Array(1 << 20).fill(1)); },
  }),
  recurses: createTool({
    description: "Recurses for ever.",
    inputSchema: z.object({}),
    execute: () => { const down = (n) => down(n + 1) + 1; return down(0); },
  }),
  waits: createTool({
    description: "Waits for what never comes.",
    inputSchema: z.object({}),
    execute: () => new Promise(() => {}),
  }),
  floods: createTool({
    description: "Returns far too much.",
    inputSchema: z.object({}),
    execute: () => "x".repeat(4 << 20),
  }),
  fetches: createTool({
    description: "Fetches a page.",
    inputSchema: z.object({}),
    execute: async () => (await fetch("https://example.com/")).status,
  }),
  reads: createTool({
    description: "Reads a file.",
    inputSchema: z.object({}),
    execute: () => readFileSync("/etc/passwd", "utf8"),
  }),
};
const worker = createAgent({ name: "worker", system: "You work.", model: "openai/offline", tools });
export default createLightfast({ agents: { worker }, metadata: { name: "workshop" } });
"""
)

# Two agents, one of whose tools has a schema that cannot be read.
HALF_READABLE = (
    HEAD
    + """
const shape = JSON.parse(globalThis.whoKnows ?? "{}");
const good = createTool({
  description: "Works.",
  inputSchema: z.object({ city: z.string(), unit: z.enum(["C", "F"]).optional() }),
  execute: () => 1,
});
const murky = createTool({
  description: "Nobody knows.",
  inputSchema: z.object({ ...shape }),
  execute: () => 2,
});
const model = "openai/offline";
const first = createAgent({ name: "first", system: "One.", model, tools: { good, murky } });
const second = createAgent({ name: "second", system: "Two.", model, tools: { good } });
export default createLightfast({ agents: { first, second } });
"""
)

# A tool that reads a key.
KEYED = (
    HEAD
    + """
const searches = createTool({
  description: "Searches.",
  inputSchema: z.object({}),
  execute: async () => {
    const key = process.env.EXA_API_KEY;
    if (!key) throw new Error("no key");
    const headers = { "x-api-key": key };
    return (await fetch("https://api.exa.ai/search", { method: "POST", headers })).status;
  },
});
const keyed = createAgent({ name: "keyed", model: "openai/offline", tools: { searches } });
export default createLightfast({ agents: { keyed } });
"""
)

SYNTAX_ERROR = "const one = 1;\nconst two = {;\nexport default { one, two };\n"
NO_AGENTS = "export default { hello: 1 };\n"
BAD_TOP_LEVEL = 'throw new Error("not today");\n' + WORKSHOP
HALF_TOP_LEVEL = WORKSHOP + 'guarded(tools.floods);\nthrow new Error("not today");\n'
