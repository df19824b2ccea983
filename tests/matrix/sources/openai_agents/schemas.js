import { z } from "zod";
import { item } from "../shared/pieces.js";

export const schedule = z.object({
  start: z.string().describe("A day as YYYY-MM-DD"),
  days: z.number().int().min(1).max(366),
  weekdaysOnly: z.boolean().nullable(),
});
export const invoice = z.object({
  items: z.array(item),
  currency: z.enum(["EUR", "NZD"]),
  to: z.object({ street: z.string(), city: z.string().nullable() }).describe("Where it goes"),
});
export const sort = z.object({
  names: z.array(z.string()).max(50),
  order: z.enum(["up", "down"]).nullish(),
});
export const checksum = z.object({ text: z.string().max(4096) });
export const measure = z.object({
  shape: z.union([
    z.object({ kind: z.literal("circle"), radius: z.number() }),
    z.object({ kind: z.literal("rectangle"), width: z.number(), height: z.number() }),
  ]),
  unit: z.union([z.literal("m"), z.literal("ft")]),
});
export const withdraw = z.object({ item: z.string(), count: z.number() });
export const excused = z.object({ item: z.string() });
export const relay = z.object({
  jobs: z.array(z.object({ name: z.string(), ms: z.number().int() })),
});
export const polygon = {
  type: "object",
  properties: {
    points: {
      type: "array",
      items: { type: "object", properties: { x: { type: "number" }, y: { type: "number" } } },
    },
    label: { type: "string", description: "What to call it" },
  },
  required: ["points"],
  additionalProperties: true,
};
export const report = z.object({ summary: z.string(), area: z.number().nullable() });
