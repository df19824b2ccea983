import { createTool } from "./framework.js";
import { Level, Unit } from "./levels.js";
import { city, UNITS } from "./shared.cjs";
import * as limits from "./limits.js";

const field = (type, description) => ({ type, ...(description && { description }) });
const base = { city, note: field("string") };
export const weather = createTool({
  description: "Tells the weather " + (UNITS.length > 1 ? "in units" : ""),
  inputSchema: {
    type: "object",
    properties: {
      ...base,
      unit: { type: "string", enum: Object.values(Unit) },
      level: { type: "integer", enum: [Level.Low, Level.High], description: Level[0] },
      [`days_${limits.MAX_STEPS}`]: field("number", "How many".toUpperCase()),
    },
    required: Object.keys(base).slice(0, 1),
  },
  execute: async ({ city }) => ({ city, degrees: limits.bump() }),
});
export const echo = createTool({
  description: "Echoes.",
  inputSchema: { type: "object", properties: { text: field("string") }, required: ["text"] },
  execute: ({ text }) => text,
});
