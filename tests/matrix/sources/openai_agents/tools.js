import { tool } from "@openai/agents";
import { area, crc32, days, inOrder, invoiceLines, race, take } from "../shared/work.js";
import * as schemas from "./schemas.js";

export const schedule = tool({
  name: "schedule_days",
  description: "Lists days from a start.",
  parameters: schemas.schedule,
  execute: async ({ start, days: count, weekdaysOnly }) => days(start, count, weekdaysOnly),
});

export const invoice = tool({
  name: "invoice",
  description: `Writes an invoice, in ${"EUR"} unless told.`,
  parameters: schemas.invoice,
  execute: async ({ items, currency, to }) => ({ ...invoiceLines(items, currency), to }),
});

export const sort = tool({
  name: "sort",
  description: "Sorts names, " + "each once.",
  parameters: schemas.sort,
  execute: ({ names, order }) => inOrder(names, order === "down"),
});

export const checksum = tool({
  name: "checksum",
  description: "CRC-32 of a text.",
  parameters: schemas.checksum,
  execute: async ({ text }) => crc32(text),
});

export const measure = tool({
  name: "measure",
  description: ["Measures", "an area."].join(" "),
  parameters: schemas.measure,
  execute: async ({ shape, unit }) => `${area(shape)} ${unit}2`,
});

export const polygon = tool({
  name: "polygon",
  description: "Has a JSON Schema of its own.",
  parameters: schemas.polygon,
  strict: false,
  execute: async ({ points, label }) => ({
    label: label ?? "polygon",
    area: area({ kind: "polygon", points: points.map(({ x, y }) => [x, y]) }),
  }),
});

export const withdraw = tool({
  name: "withdraw",
  description: "Takes from a stock; throws when there is none.",
  parameters: schemas.withdraw,
  errorFunction: null,
  execute: async ({ item, count }) => take({ nails: 100, screws: 40 }, item, count),
});

export const excused = tool({
  name: "excused",
  description: "Fails, and the SDK says so to the model.",
  parameters: schemas.excused,
  execute: async ({ item }) => take({}, item, 1),
});

export const relay = tool({
  name: "relay",
  description: "Runs jobs at once and tells who came first.",
  parameters: schemas.relay,
  execute: async ({ jobs }) => ({ order: await race(jobs) }),
});
