// The AI SDK: agents are classes that keep their settings, tools are plain objects with `execute`.
import { missingModule } from "../../core/errors.js";
import { isHolder, isObject, read } from "../../dispatch/names.js";
import { sdkHooks } from "./hooks.js";
import ai, { loopRefused, SCHEMA } from "./package.js";
import { providerModule } from "./providers.js";

const OF_THE_SDK = new Set(["@ai-sdk/provider-utils", "@ai-sdk/provider"]);
const PROVIDER = /^@ai-sdk\/([\w-]+)$/;
const NOT_MODELS = new Set(["react", "vue", "svelte", "angular", "rsc", "ui-utils", "mcp"]);
const FOREIGN_PROVIDER = /(?:^|[/-])(?:ai-sdk|ai)-provider(?:$|[/-])/;

function providerOf(specifier) {
  const provider = PROVIDER.exec(specifier);
  if (provider && !NOT_MODELS.has(provider[1])) return provider[1];
  return FOREIGN_PROVIDER.test(specifier) ? specifier.split("/").at(-1) : undefined;
}

function entryOf(specifier) {
  if (specifier === "ai") return { exports: ai, refuse: loopRefused, known: true, open: true };
  if (OF_THE_SDK.has(specifier)) return { exports: ai, refuse: loopRefused, known: true };
  const provider = providerOf(specifier);
  if (provider === undefined) return undefined;
  const { named, module } = providerModule(provider);
  return { exports: named, whole: module, refuse: missingModule(specifier), known: true, open: true };
}

// An agent exposes its tools, and also keeps them in its settings.
function toolsOf(agent) {
  const shown = read(agent, "tools");
  if (isHolder(shown)) return shown;
  const kept = read(read(agent, "settings"), "tools");
  return isHolder(kept) ? kept : undefined;
}

// What it keeps of its settings; what throws when it is looked at stops the call.
function settingsOf(agent) {
  const kept = agent.settings;
  const isKept = isObject(kept) && (kept.model !== undefined || typeof agent.generate === "function");
  return isKept ? kept : undefined;
}

// Its settings take no functions of a context: `prepareCall` is for that.
function partsOf(agent) {
  const settings = read(agent, "settings");
  const isAgent = isObject(settings) && typeof read(agent, "generate") === "function";
  if (!isAgent || read(settings, "model") === undefined) return undefined;
  return {
    instructions: () => read(settings, "instructions") ?? read(settings, "system"),
    description: () => read(settings, "description"),
    model: () => read(settings, "model"),
    settings: () => [settings],
  };
}

// Its functions around model queries; they are told of the agent's own tools.
function hooksOf(agent) {
  const settings = settingsOf(agent);
  if (settings === undefined) return undefined;
  const instructions = settings.instructions ?? settings.system;
  const tools = toolsOf(agent);
  return sdkHooks(() => ({ settings, instructions, tools, keepsSteps: keepsSteps(agent) }));
}

// Only release 7 keeps what a step changed; its methods take callbacks by names that those before it lack.
function keepsSteps({ generate }) {
  return generate === ai.ToolLoopAgent.prototype.generate || /\bonStepEnd\b/.test(`${generate}`);
}

async function validate(schema, value) {
  const result = await schema.validate(value);
  if (result.success) return { value: result.value };
  const issues = result.error?.issues ?? result.error?.cause?.issues;
  return { issues: Array.isArray(issues) ? issues : [{ message: `${result.error?.message ?? result.error}` }] };
}

const validatorOf = (schema) =>
  schema[SCHEMA] && typeof schema.validate === "function" ? validate : undefined;

// It may be a promise, or a function that creates it on first use.
async function jsonSchemaOf(schema) {
  const own = await read(schema, "jsonSchema");
  return typeof own === "function" ? own() : own;
}

export const aiSdk = { entryOf, toolsOf, settingsOf, partsOf, hooksOf, validatorOf, jsonSchemaOf };
