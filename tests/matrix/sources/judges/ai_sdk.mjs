import { asSchema } from "ai";
import { cases } from "../cases.js";
import { jsonSchemaOf } from "./schemas.mjs";
import { exported, modelName, plainSettings, stepsOf, texts } from "./settings.mjs";

function toolOf(key, { description, inputSchema, execute }) {
  const isZod = typeof inputSchema.safeParse === "function";
  const schema = asSchema(inputSchema);
  return {
    description,
    inputSchema: isZod ? jsonSchemaOf(inputSchema) : schema.jsonSchema,
    cases: cases[key],
    validate: async (value) => schema.validate?.(value) ?? { success: true, value },
    run: (_input, value) =>
      execute(value, { toolCallId: "call-1", messages: [], abortSignal: new AbortController().signal }),
  };
}

// The SDK closes every object for the providers that ask for it; the project's schema does not.
function open(schema) {
  if (Array.isArray(schema)) return schema.map(open);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).filter(([key]) => key !== "additionalProperties");
  return Object.fromEntries(entries.map(([key, value]) => [key, open(value)]));
}

async function outputSchema(output) {
  const format = await output?.responseFormat;
  return format?.schema ? open(format.schema) : null;
}

export async function read(load) {
  const agents = {};
  for (const [key, agent] of exported(await load())) {
    const { settings } = agent;
    agents[key] = {
      name: agent.id ?? null,
      system: texts(settings.instructions),
      model: modelName(settings.model),
      settings: plainSettings(settings),
      maxSteps: await stepsOf(settings),
      toolChoice: settings.toolChoice ?? null,
      activeTools: settings.activeTools ?? null,
      outputSchema: await outputSchema(settings.output),
      tools: Object.fromEntries(
        Object.entries(agent.tools).map(([id, tool]) => [id, toolOf(id, tool)]),
      ),
    };
  }
  return agents;
}
