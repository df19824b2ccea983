// An AI SDK agent beside an express server that starts with it, with pino and JSON web tokens.
import { Writable } from "node:stream";
import { ToolLoopAgent, tool } from "ai";
import jwt from "jsonwebtoken";
import pino from "pino";
import { z } from "zod";
import { log } from "./log";
import { app } from "./server";

const port = Number(process.env.PORT ?? 0);
const server = app.listen(port, "127.0.0.1", () => log.info("listening"));
server.unref?.();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close(() => process.exit(0)));

export const desk = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  tools: {
    ticket: tool({
      description: "Signs a ticket",
      inputSchema: z.object({ name: z.string() }),
      execute: async ({ name }) => {
        const signed = jwt.sign({ name, iat: 1700000000 }, "key", { algorithm: "HS256" });
        log.info({ name, password: "x" }, "signed");
        return { signed, read: jwt.verify(signed, "key"), bad: refusal(`${signed}x`) };
      },
    }),
    logged: tool({
      description: "What a line of the log is like",
      inputSchema: z.object({ token: z.string() }),
      execute: async ({ token }) => {
        const lines: string[] = [];
        const sink = new Writable({ write: (chunk, _, done) => (lines.push(String(chunk)), done()) });
        const own = pino({ base: null, timestamp: false, redact: ["user.token"] }, sink);
        own.child({ request: 1 }).warn({ user: { token, name: "a" } }, "seen %s", "twice");
        own.debug("not written");
        return lines.map((line) => JSON.parse(line));
      },
    }),
  },
});

function refusal(token: string) {
  try {
    return jwt.verify(token, "key");
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}
