import { createTool } from "@mastra/core/tools";
import * as schemas from "../shared/schemas.js";
import { area, crc32, days, inOrder, invoiceLines, race, take } from "../shared/work.js";
import { mastraInput, version } from "../version.js";

export const schedule = createTool({
  id: "schedule-days",
  description: "Lists days from a start.",
  inputSchema: schemas.schedule,
  execute: async (given) => {
    const { start, days: count, weekdaysOnly } = mastraInput(given);
    return { days: days(start, count, weekdaysOnly) };
  },
});

export const invoice = createTool({
  id: "invoice",
  description: `Writes an invoice, in ${"EUR"} unless told.`,
  inputSchema: schemas.invoice,
  execute: async (given) => {
    const { items, currency, to } = mastraInput(given);
    return { ...invoiceLines(items, currency), to };
  },
});

const sort = createTool({
  id: "sort",
  description: "Sorts names, " + "each once.",
  inputSchema: schemas.sort,
  execute: async (given) => {
    const { names, order } = mastraInput(given);
    return { names: inOrder(names, order === "down") };
  },
});

const checksum = createTool({
  id: "checksum",
  description: "CRC-32 of a text.",
  inputSchema: schemas.checksum,
  execute: async (given) => ({ crc: crc32(mastraInput(given).text) }),
});

export const measure = createTool({
  id: "measure",
  description: ["Measures", "an area."].join(" "),
  inputSchema: schemas.measure,
  execute: async (given) => {
    const { shape, unit } = mastraInput(given);
    return { area: `${area(shape)} ${unit ?? "m"}2` };
  },
});

const withdraw = createTool({
  id: "withdraw",
  description: "Takes from a stock; throws when there is none.",
  inputSchema: schemas.stock,
  execute: async (given) => {
    const { stock, item, count } = mastraInput(given);
    return take(stock, item, count);
  },
});

const relay = createTool({
  id: "relay",
  description: "Runs jobs at once and tells who came first.",
  inputSchema: schemas.relay,
  execute: async (given) => ({ order: await race(mastraInput(given).jobs) }),
});

const echo = (id, description, inputSchema) =>
  createTool({
    id,
    description,
    inputSchema,
    execute: async (given) => ({ input: mastraInput(given) }),
  });

export const note = echo("note", "Keeps a note.", schemas.note);
export const change = echo("change", "Changes a note.", schemas.change);
export const mixed = echo("mixed", "Takes many kinds.", schemas.anyOf);
export const versioned = echo("versioned", "Takes what this zod has.", version);

export const accounting = { invoice, sort, checksum };
export const field = { measure, withdraw, relay };
