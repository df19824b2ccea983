// What differs in the projects that use zod 3 and the frameworks of its time.
import { z } from "zod";

export const version = z.object({
  when: z.string().datetime().optional(),
  size: z.number().finite().safe().catch(7),
  kept: z.string().brand("Kept").readonly(),
  coerced: z.coerce.number().min(2),
  left: z.preprocess((value) => value, z.string().optional()),
  shout: z.string().transform((text) => text.toUpperCase()),
  list: z.set(z.string()).optional(),
  deep: z.object({ a: z.object({ b: z.string().optional() }) }).deepPartial().optional(),
});

// Mastra before 1.0 hands a tool its input as `context`, and has other names for the defaults.
export const mastraInput = ({ context }) => context;
export const MASTRA_DEFAULTS = "defaultVNextStreamOptions";
