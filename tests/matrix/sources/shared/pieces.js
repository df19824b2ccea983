// Pieces of schemas that several tools share.
import { z } from "zod";
import { CURRENCIES, LIMITS, PRIORITIES } from "./constants.js";

export const priority = z.enum(PRIORITIES).describe("How soon it must be done");
export const currency = z.nativeEnum(CURRENCIES);
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/).describe("A day as YYYY-MM-DD");
export const place = {
  street: z.string().min(1).max(80),
  city: z.string().default("Tauranga"),
  zip: z.string().regex(/^\d{4,5}$/).optional(),
};
export const address = z.object(place);
export const item = z.object({
  name: z.string().min(1),
  quantity: z.number().int().positive(),
  price: z.number().nonnegative().describe("Price of one"),
});
export const names = z.array(z.string()).min(1).max(LIMITS.names);
const point = z.tuple([z.number(), z.number()]);
export const shape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("circle"), radius: z.number().positive() }),
  z.object({ kind: z.literal("rectangle"), width: z.number(), height: z.number() }),
  z.object({ kind: z.literal("polygon"), points: z.array(point).min(3) }),
]);
