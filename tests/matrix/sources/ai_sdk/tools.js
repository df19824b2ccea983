import { jsonSchema, tool } from "ai";
import * as schemas from "../shared/schemas.js";
import { area, crc32, days, inOrder, invoiceLines, race, take } from "../shared/work.js";
import { version } from "../version.js";

export const schedule = tool({
  description: "Lists days from a start.",
  inputSchema: schemas.schedule,
  execute: async ({ start, days: count, weekdaysOnly }) => days(start, count, weekdaysOnly),
});

export const invoice = tool({
  description: `Writes an invoice, in ${"EUR"} unless told.`,
  inputSchema: schemas.invoice,
  execute: async ({ items, currency, to }) => ({ ...invoiceLines(items, currency), to }),
});

const sort = tool({
  description: "Sorts names, " + "each once.",
  inputSchema: schemas.sort,
  execute: ({ names, order }) => inOrder(names, order === "down"),
});

const checksum = tool({
  description: "CRC-32 of a text.",
  inputSchema: schemas.checksum,
  execute: async ({ text }, { toolCallId, messages }) => ({
    crc: crc32(text),
    called: typeof toolCallId,
    messages: Array.isArray(messages),
  }),
});

export const measure = tool({
  description: ["Measures", "an area."].join(" "),
  inputSchema: schemas.measure,
  execute: async ({ shape, unit }) => `${area(shape)} ${unit ?? "m"}2`,
});

const withdraw = tool({
  description: "Takes from a stock; throws when there is none.",
  inputSchema: schemas.stock,
  execute: async ({ stock, item, count }) => take(stock, item, count),
});

const relay = tool({
  description: "Runs jobs at once and tells who came first.",
  inputSchema: schemas.relay,
  execute: async ({ jobs }) => ({ order: await race(jobs) }),
});

const echo = (description, inputSchema) =>
  tool({ description, inputSchema, execute: async (input) => ({ input }) });

export const raw = tool({
  description: "Has a JSON Schema of its own.",
  inputSchema: jsonSchema({
    type: "object",
    properties: { query: { type: "string", minLength: 2 }, top: { type: "integer", default: 3 } },
    required: ["query"],
    additionalProperties: false,
  }),
  execute: async ({ query, top = 3 }) => Array.from({ length: top }, (_, at) => `${query}-${at + 1}`),
});

export const note = echo("Keeps a note.", schemas.note);
export const change = echo("Changes a note.", schemas.change);
export const mixed = echo("Takes many kinds.", schemas.anyOf);
export const versioned = echo("Takes what this zod has.", version);

export const accounting = { invoice, sort, checksum };
export const field = { measure, withdraw, relay };
