// What differs in the projects that use zod 4 and today's frameworks.
import { z } from "zod";

export const version = z.object({
  when: z.iso.datetime().optional(),
  size: z.int32().catch(7),
  kept: z.string().brand("Kept").readonly().meta({ title: "Kept", examples: ["a"] }),
  coerced: z.coerce.number().min(2),
  host: z.ipv4().or(z.ipv6()).optional(),
  shout: z.string().transform((text) => text.toUpperCase()),
  level: z.literal([1, 2, 3]).prefault(2),
  map: z.partialRecord(z.enum(["a", "b"]), z.number()).optional(),
  loose: z.looseObject({ a: z.string() }).optional(),
  strict: z.strictObject({ a: z.string().nonoptional() }).optional(),
  word: z.templateLiteral(["v", z.number()]).optional(),
});

export const mastraInput = (input) => input;
export const MASTRA_DEFAULTS = "defaultOptions";
