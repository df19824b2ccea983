// What programs ask of Node about themselves: who runs them, where they are, who called, what is installed.
import { exec } from "node:child_process";
import dns from "node:dns";
import { readFile } from "node:fs";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const isMain = import.meta.url === pathToFileURL(process.argv[1] ?? "").href || (import.meta as any).main === true;
if (isMain) throw new Error("started, though it is only imported");

function sites(): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: any } = {};
  Error.prepareStackTrace = (_, all) => all;
  Error.stackTraceLimit = 12;
  Error.captureStackTrace(holder);
  const found = holder.stack.slice(1);
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  return found;
}
function asked() {
  const [site] = sites();
  return [typeof site.getFileName(), site.isNative(), site.isEval(), site.isConstructor(), site.getLineNumber()! > 0];
}
const atLoad = asked();
const told = (work: (done: (error: any) => void) => unknown) => new Promise((resolve) => work((error) => resolve(error?.code)));
const inputSchema = z.object({});

export const edges = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  tools: {
    itself: tool({
      description: "What the program knows of itself",
      inputSchema,
      execute: async () => [isMain, typeof path.resolve(import.meta.dirname ?? "."), atLoad, asked()],
    }),
    installed: tool({
      description: "Which packages are there",
      inputSchema,
      execute: async () => {
        const name = "fast-thing-that-nobody-has";
        const imported = await import("fast-thing-that-nobody-has").catch((error) => error.code);
        const computed = await import(name.toLowerCase()).catch((error) => error.code);
        return { imported, computed };
      },
    }),
    refused: tool({
      description: "How what is not there is told",
      inputSchema,
      execute: async () => ({
        file: await told((done) => readFile("./nothing.json", "utf8", done)),
        name: await told((done) => dns.lookup("nobody.invalid", done)),
        port: await told((done) => http.get("http://127.0.0.1:1/", () => {}).on("error", done)),
        command: await told((done) => exec("program-of-nobody --now", done)),
      }),
    }),
  },
});
