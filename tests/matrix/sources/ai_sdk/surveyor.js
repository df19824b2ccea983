import { anthropic } from "@ai-sdk/anthropic";
import { Experimental_Agent as Agent, Output, stepCountIs } from "ai";
import { z } from "zod";
import { RULES } from "../shared/constants.js";
import { address } from "../shared/pieces.js";
import { change, field, note, raw } from "./tools.js";

const report = z.object({ summary: z.string(), places: z.array(address).optional() });

export const surveyor = new Agent({
  model: anthropic("claude-opus-4-1"),
  instructions: "You measure things.\n\n" + RULES[1],
  tools: { ...field, note, change, raw },
  stopWhen: [stepCountIs(6), stepCountIs(3)],
  stopSequences: ["END", "STOP"],
  toolChoice: { type: "tool", toolName: "measure" },
  maxRetries: 2,
  presencePenalty: 0.5,
  frequencyPenalty: -0.5,
  topK: 40,
  output: Output.object({ schema: report }),
});
