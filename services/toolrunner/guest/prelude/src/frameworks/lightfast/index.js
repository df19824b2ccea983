// Lightfast: agents keep their own settings separate from those of the model; a tool is a factory
// that takes the runtime context.
import { notAvailable } from "../../core/errors.js";
import { isHolder, keysOf, read } from "../../dispatch/names.js";
import { sdkHooks } from "../ai-sdk/hooks.js";
import * as exported from "./package.js";

const refuse = (path) =>
  notAvailable(`"${path}" is not available in the sandbox: serving agents belongs to Caisson`);

function entryOf(specifier) {
  if (specifier !== "lightfast" && !specifier.startsWith("lightfast/")) return undefined;
  return { exports: { ...exported }, refuse, known: true };
}

const configOf = (agent) => read(agent, "lightfastConfig");

function toolsOf(agent) {
  const tools = read(configOf(agent), "tools");
  return isHolder(tools) ? tools : undefined;
}

function contextMakerOf(agent) {
  const maker = read(configOf(agent), "createRuntimeContext") ?? read(agent, "createRuntimeContext");
  return typeof maker === "function" ? maker.bind(agent) : undefined;
}

const isFactory = (value) => typeof value === "function" && typeof read(value, "execute") !== "function";

const made = { call: (tool, input, { context }) => tool.execute(input, context) };

function partsOf(agent) {
  const config = configOf(agent);
  if (!isHolder(config)) return undefined;
  const model = read(agent, "vercelConfig");
  const called = (value, { context }) => (typeof value === "function" ? value.call(config, context) : value);
  return {
    instructions: (given) => called(read(config, "system") ?? read(config, "instructions"), given),
    description: () => read(config, "description") ?? read(model, "description"),
    model: (given) => called(read(model, "model"), given),
    settings: () => [model, config],
  };
}

// Those of the settings that it passes on to the AI SDK, with the tools that it makes for the context.
function hooksOf(agent) {
  const config = configOf(agent);
  const settings = read(agent, "vercelConfig");
  if (!isHolder(config) || !isHolder(settings)) return undefined;
  const of = async (value, context) => (typeof value === "function" ? value.call(config, context) : value);
  return sdkHooks(async ({ context }) => {
    const declared = (await of(toolsOf(agent), context)) ?? {};
    const made = keysOf(declared).map(async (key) => [key, isFactory(declared[key]) ? await declared[key](context) : declared[key]]);
    const instructions = await of(read(config, "system") ?? read(config, "instructions"), context);
    return { settings, instructions, tools: Object.fromEntries(await Promise.all(made)) };
  });
}

export const lightfast = {
  entryOf,
  holders: ["config", "compiledConfig", "lightfast"],
  agentNameOf: (agent) => read(configOf(agent), "name") ?? undefined,
  toolsOf,
  contextMakerOf,
  settingsOf: (agent) => agent.vercelConfig ?? undefined,
  toolNameOf: (tool) => (typeof tool === "function" ? read(read(tool, "config"), "name") : undefined),
  toolMakerOf: (declared) => (isFactory(declared) ? declared : undefined),
  callerOf: (tool, agent, isMade) => (isMade ? made : undefined),
  partsOf,
  hooksOf,
};
