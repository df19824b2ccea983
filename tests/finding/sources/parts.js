import { tool } from "@openai/agents";
import { z } from "zod";
import texts from "./texts.json";

export const own = (value) =>
  tool({ name: "own", description: texts.description, parameters: z.object({}), execute: async () => value });
export const instructions = (name) => `${texts.greeting} ${name}`;
