// An AI SDK agent whose tools compute what a test can check.
import { openai } from "@ai-sdk/openai";
import { stepCountIs, tool, ToolLoopAgent } from "ai";
import { z } from "zod";
import { crc32, primesUpTo } from "./arithmetic";

const primes = tool({
  description: "Lists the prime numbers up to a limit.",
  inputSchema: z.object({
    limit: z.number().int().min(2).max(100000).describe("Upper bound, inclusive"),
    order: z.enum(["ascending", "descending"]).default("ascending"),
  }),
  execute: async ({ limit, order }) => {
    const found = primesUpTo(limit);
    return { count: found.length, primes: order === "descending" ? found.reverse() : found };
  },
});

const checksum = tool({
  description: "Computes the CRC-32 of a text's UTF-8 bytes.",
  inputSchema: z.object({ text: z.string().max(4096) }).strict(),
  execute: async ({ text }) => {
    const bytes = new TextEncoder().encode(text);
    console.log(`checksum of ${bytes.length} bytes`);
    return { bytes: bytes.length, crc32: crc32(bytes) };
  },
});

const divide = tool({
  description: "Divides one number by another; throws when the divisor is zero.",
  inputSchema: z.object({ dividend: z.number(), divisor: z.number() }),
  execute: async ({ dividend, divisor }) => {
    if (divisor === 0) throw new RangeError("the divisor is zero");
    return { quotient: dividend / divisor };
  },
});

export const numbers = new ToolLoopAgent({
  model: openai("gpt-5"),
  instructions: "You answer questions about numbers.\nUse the tools; never guess.",
  tools: { primes, checksum, divide },
  stopWhen: stepCountIs(6),
  temperature: 0.2,
});

export default numbers;
