import { createTool } from "lightfast/tool";
import * as schemas from "../shared/schemas.js";
import { area, crc32, days, inOrder, invoiceLines, race, take } from "../shared/work.js";
import { version } from "../version.js";

export const schedule = createTool({
  description: "Lists days from a start.",
  inputSchema: schemas.schedule,
  execute: async ({ start, days: count, weekdaysOnly }, context) => ({
    days: days(start, count, weekdaysOnly),
    zone: context.zone,
  }),
});

export const invoice = createTool({
  description: `Writes an invoice, in ${"EUR"} unless told.`,
  inputSchema: schemas.invoice,
  execute: async ({ items, currency, to }) => ({ ...invoiceLines(items, currency), to }),
});

const sort = createTool({
  description: "Sorts names, " + "each once.",
  inputSchema: schemas.sort,
  execute: ({ names, order }) => inOrder(names, order === "down"),
});

const checksum = createTool({
  description: "CRC-32 of a text.",
  inputSchema: schemas.checksum,
  execute: async ({ text }) => crc32(text),
});

export const measure = createTool({
  description: ["Measures", "an area."].join(" "),
  inputSchema: schemas.measure,
  execute: async ({ shape, unit }) => `${area(shape)} ${unit ?? "m"}2`,
});

const withdraw = createTool({
  description: "Takes from a stock; throws when there is none.",
  inputSchema: schemas.stock,
  execute: async ({ stock, item, count }) => take(stock, item, count),
});

const relay = createTool({
  description: "Runs jobs at once and tells who came first.",
  inputSchema: schemas.relay,
  execute: async ({ jobs }) => ({ order: await race(jobs) }),
});

const echo = (description, inputSchema) =>
  createTool({ description, inputSchema, execute: async (input) => ({ input }) });

export const note = echo("Keeps a note.", schemas.note);
export const change = echo("Changes a note.", schemas.change);
export const mixed = echo("Takes many kinds.", schemas.anyOf);
export const versioned = echo("Takes what this zod has.", version);

export const accounting = { invoice, sort, checksum };
export const field = { measure, withdraw, relay };
