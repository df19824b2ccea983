// The inputs of the tools.
import { z } from "zod";
import { LIMITS } from "./constants.js";
import { address, currency, day, item, names, place, priority, shape } from "./pieces.js";

export const schedule = z.object({
  start: day,
  days: z.number().int().min(1).max(LIMITS.days),
  weekdaysOnly: z.boolean().default(false),
});
export const invoice = z.object({
  items: z.array(item).nonempty(),
  currency: currency.default("EUR"),
  to: address.extend({ country: z.string().length(2).optional() }).describe("Where it goes"),
});
export const sort = z.object({ names, order: z.enum(["up", "down"]).optional() }).strict();
export const checksum = z.object({ text: z.string().max(LIMITS.text) });
export const measure = z.object({ shape, unit: z.union([z.literal("m"), z.literal("ft")]).nullish() });
export const stock = z.object({
  stock: z.record(z.string(), z.number()),
  item: z.string(),
  count: z.number().gt(0).default(1),
});
export const relay = z.object({
  jobs: z.array(z.object({ name: z.string(), ms: z.number().int().gte(0).lt(200) })),
});
export const note = z.object({
  ...place,
  title: z.string().trim().min(1),
  body: z.string().nullable(),
  priority: priority.optional(),
  tags: z.array(z.string().toLowerCase()).default([]),
  mail: z.string().email().optional(),
  link: z.string().url().optional(),
  id: z.string().uuid().optional(),
  extra: z.object({ depth: z.object({ level: z.union([z.string(), z.number()]) }) }).partial().optional(),
  anything: z.any().optional(),
});
export const change = note
  .pick({ title: true, priority: true, street: true })
  .merge(z.object({ at: z.object({ x: z.number(), y: z.number() }).passthrough() }))
  .partial({ priority: true });
export const anyOf = z.object({
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  both: z.object({ a: z.string() }).and(z.object({ b: z.number().multipleOf(0.5) })).optional(),
  counts: z.record(z.string(), z.number().int()).optional(),
  pair: z.tuple([z.string(), z.number()]).optional(),
  even: z.number().refine((n) => n % 2 === 0, "it must be even").optional(),
  fixed: z.literal("v1"),
});
