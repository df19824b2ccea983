// Tools whose schemas use most of zod, with zod's own JSON Schema of each to compare with.
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const address = z.object({ street: z.string(), zip: z.string().regex(/^\d{5}$/).optional() });
const point = z.object({ x: z.number(), y: z.number() });

export const schemas = {
  strings: z.object({
    plain: z.string(),
    short: z.string().min(1).max(10),
    exact: z.string().length(3),
    email: z.string().email(),
    url: z.url(),
    uuid: z.uuid(),
    when: z.iso.datetime(),
    day: z.iso.date(),
    coded: z.string().regex(/^[A-Z]{2}\d+$/),
    prefixed: z.string().startsWith("a"),
  }),
  numbers: z.object({
    any: z.number(),
    whole: z.number().int(),
    int: z.int(),
    bounded: z.number().gte(1).lte(5),
    open: z.number().gt(0).lt(1),
    positive: z.number().positive(),
    notNegative: z.number().nonnegative(),
    even: z.number().multipleOf(2),
  }),
  simple: z.object({
    yes: z.boolean(),
    none: z.null(),
    any: z.any(),
    unknown: z.unknown(),
    color: z.enum(["red", "green", "blue"]),
    level: z.enum({ Low: 1, High: 2 }),
    kind: z.literal("kind"),
    one: z.literal([1, 2, "three"]),
    never: z.never().optional(),
  }),
  collections: z.object({
    list: z.array(z.string()).min(1).max(3),
    nonempty: z.array(z.number()).nonempty(),
    pair: z.tuple([z.string(), z.number()]),
    rest: z.tuple([z.string()], z.boolean()),
    table: z.record(z.string(), z.number()),
    nested: z.array(z.object({ deep: z.array(z.array(z.boolean())) })),
  }),
  modifiers: z.object({
    maybe: z.string().optional(),
    nullable: z.string().nullable(),
    nullish: z.number().nullish(),
    size: z.number().default(3),
    tags: z.array(z.string()).default(["a"]),
    fallback: z.string().catch("x"),
    note: z.string().describe("A note").optional(),
    later: z.string().optional().describe("Said later"),
    titled: z.string().meta({ title: "Title", description: "With a title" }),
    brand: z.string().brand("Brand"),
    frozen: z.array(z.string()).readonly(),
    refined: z.string().refine((s) => s.length % 2 === 0),
    changed: z.string().transform((s) => s.length),
    piped: z.string().pipe(z.string().min(2)),
  }),
  unions: z.object({
    either: z.union([z.string(), z.number()]),
    or: z.string().or(z.boolean()),
    shape: z.discriminatedUnion("type", [
      z.object({ type: z.literal("circle"), radius: z.number() }),
      z.object({ type: z.literal("square"), side: z.number() }),
    ]),
    both: z.intersection(point, z.object({ label: z.string() })),
    and: point.and(address),
  }),
  objects: z.object({
    extended: address.extend({ country: z.string().default("NZ") }),
    merged: address.merge(point),
    picked: address.pick({ street: true }),
    omitted: address.omit({ zip: true }),
    partial: address.partial(),
    required: address.required(),
    strict: z.strictObject({ a: z.string() }),
    loose: z.looseObject({ a: z.string() }),
    passthrough: point.passthrough(),
    catchall: point.catchall(z.string()),
    shape: z.object(point.shape),
    spread: z.object({ ...point.shape, z: z.number() }),
  }),
};

const tools = {
  strings: tool({ description: "s", inputSchema: schemas.strings, execute: async () => 1 }),
  numbers: tool({ description: "n", inputSchema: schemas.numbers, execute: async () => 1 }),
  simple: tool({ description: "i", inputSchema: schemas.simple, execute: async () => 1 }),
  collections: tool({ description: "c", inputSchema: schemas.collections, execute: async () => 1 }),
  modifiers: tool({ description: "m", inputSchema: schemas.modifiers, execute: async () => 1 }),
  unions: tool({ description: "u", inputSchema: schemas.unions, execute: async () => 1 }),
  objects: tool({ description: "o", inputSchema: schemas.objects, execute: async () => 1 }),
};

export const zoo = new ToolLoopAgent({ model: "openai/gpt-5", instructions: "", tools });
