// Own code over files: a Mastra agent that reads its configuration, and writes, lists and reads files.
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import readline from "node:readline";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
import { config } from "./config";

const settings = config();
const upper = () => new Transform({ transform: (chunk, _, done) => done(null, String(chunk).toUpperCase()) });

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(settings.folder);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const keep = createTool({
  id: "keep",
  description: "Keeps texts as files",
  inputSchema: z.object({ texts: z.record(z.string(), z.string()) }),
  execute: ({ texts }) =>
    inFolder(async (folder) => {
      for (const [name, text] of Object.entries(texts)) await writeFile(path.join(folder, `${name}.new`), text);
      for (const name of Object.keys(texts)) await rename(path.join(folder, `${name}.new`), path.join(folder, name));
      const names = (await readdir(folder)).sort();
      const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(folder, name))).size));
      return { by: settings.name, names, sizes, first: await readFile(path.join(folder, names[0]), "utf8") };
    }),
});
const shout = createTool({
  id: "shout",
  description: "Writes a text through streams, and reads its lines",
  inputSchema: z.object({ lines: z.array(z.string()) }),
  execute: ({ lines }) =>
    inFolder(async (folder) => {
      const file = path.join(folder, "lines");
      await pipeline(Readable.from(lines.map((line) => `${line}\n`)), upper(), createWriteStream(file));
      const read = [];
      for await (const line of readline.createInterface({ input: createReadStream(file) })) read.push(line);
      return read;
    }),
});
const missing = createTool({
  id: "missing",
  description: "Looks for what is not there",
  inputSchema: z.object({ file: z.string() }),
  execute: async ({ file }) => {
    const codes = [];
    for (const work of [access, readFile, readdir, stat]) codes.push(await (work as any)(file).catch((error: any) => error.code));
    return codes;
  },
});

export const agent = new Agent({
  id: "archive", name: "Archive", instructions: "You keep texts.", model: "openai/gpt-5-mini",
  tools: { keep, shout, missing },
});
