// Agents of Mastra beside workflows: as the parts of a program they load, and as tools they run.
import { Mastra } from "@mastra/core";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { z } from "zod";

const number = z.object({ n: z.number() });
const double = createStep({
  id: "double",
  inputSchema: number,
  outputSchema: number,
  execute: async ({ inputData }) => ({ n: inputData.n * 2 }),
});
const add = createTool({
  id: "add",
  description: "Adds.",
  inputSchema: number,
  outputSchema: number,
  execute: async ({ n }) => ({ n: n + 1 }),
});
export const flow = createWorkflow({ id: "flow", inputSchema: number, outputSchema: number })
  .then(double)
  .then(createStep(add))
  .commit();
const runFlow = createTool({
  id: "run-flow",
  description: "Runs the workflow.",
  inputSchema: number,
  execute: async ({ n }) => {
    const run = await flow.createRun();
    const done = await run.start({ inputData: { n } });
    return done.result;
  },
});
const made = (id, more) => new Agent({ id, name: id, instructions: "Help.", model: "openai/gpt-5", ...more });
export const plain = made("plain", { tools: { add, runFlow } });
export const flowing = made("flowing", { tools: { add }, workflows: { flow } });
export const chosen = made("chosen", { tools: { add }, workflows: () => ({ flow }) });
export const mastra = new Mastra({ agents: { plain, flowing, chosen }, workflows: { flow } });
