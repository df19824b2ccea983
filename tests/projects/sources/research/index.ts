// An AI SDK agent with node-fetch, uuid and date-fns, and its own small cache and queue.
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip, gunzipSync } from "node:zlib";
import { ToolLoopAgent, tool } from "ai";
import { format, parseISO } from "date-fns";
import { de } from "date-fns/locale";
import fetch, { FetchError, Headers } from "node-fetch";
import { v5 as uuid } from "uuid";
import { z } from "zod";

const base = `${process.env.API_URL}/research`;
const request = new AsyncLocalStorage<{ id: string }>();
const events = new EventEmitter();

async function page(path: string) {
  const headers = new Headers({ "x-key": process.env.API_KEY ?? "", "x-request": request.getStore()?.id ?? "none" });
  const response = await fetch(`${base}/${path}`, { headers });
  return { status: response.status, body: (await response.json()) as unknown };
}

export const researcher = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  tools: {
    pages: tool({
      description: "Reads pages at once, each for its own request",
      inputSchema: z.object({ paths: z.array(z.string()) }),
      execute: ({ paths }) => Promise.all(paths.map(async (path, at) => {
        const { status } = await request.run({ id: `r${at}` }, () => page(path));
        return request.run({ id: `r${at}` }, async () => {
          await wait(2 * (paths.length - at));
          return [path, status, request.getStore()?.id];
        });
      })),
    }),
    away: tool({
      description: "Asks a server that is not there",
      inputSchema: z.object({}),
      execute: async () => {
        try {
          return await (await fetch("http://127.0.0.1:1/")).text();
        } catch (error) {
          return { isFetchError: error instanceof FetchError, type: (error as any).type, code: (error as any).code };
        }
      },
    }),
    stamped: tool({
      description: "Names a page and its day",
      inputSchema: z.object({ url: z.string(), day: z.string() }),
      execute: async ({ url, day }) => ({
        id: uuid(url, uuid.URL),
        day: format(parseISO(day), "EEEE, d. MMMM yyyy", { locale: de }),
        local: parseISO(day).toLocaleDateString("de-DE", { dateStyle: "full", timeZone: "Europe/Berlin" }),
        price: (1234.5).toLocaleString("de-DE", { style: "currency", currency: "EUR" }),
        hash: createHash("sha256").update(url).digest("base64url"),
      }),
    }),
    packed: tool({
      description: "Packs a text and waits for news of it",
      inputSchema: z.object({ text: z.string() }),
      execute: async ({ text }) => {
        const packed = await promisify(gzip)(text);
        setTimeout(() => events.emit("packed", packed), 1);
        const [got] = await once(events, "packed");
        return { text: gunzipSync(got).toString("utf8"), listeners: events.listenerCount("packed") };
      },
    }),
  },
});
