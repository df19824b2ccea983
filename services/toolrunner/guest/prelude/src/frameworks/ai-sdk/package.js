// Stand-in for the package `ai`: declarations work, the model loop does not run here.
import { notAvailable } from "../../core/errors.js";
import { inertUntilCalled, isCalling, standInOf } from "../../load/standins.js";
import { embed, embedMany } from "./embed.js";
import {
  AISDKError, InvalidArgumentError, InvalidToolInputError, NoObjectGeneratedError, NoOutputGeneratedError, NoSuchToolError,
} from "./errors.js";
import { agentOptions, generated, generateObject, generateText, streamed, streamObject, streamText } from "./generate.js";
import { createProvider } from "./providers.js";

export const SCHEMA = Symbol.for("vercel.ai.schema");
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The error for functions that need a model loop. */
export function loopRefused(path) {
  const name = path.split(".").at(-1);
  return notAvailable(
    `this tool called ${name} of "ai", which is not available in the sandbox. The model loop belongs to ` +
      "Caisson; bundle the package in if you need this helper",
  );
}

// What needs a model does nothing while the bundle loads; a tool that needs it fails.
const nature = inertUntilCalled(loopRefused);
const refusing = (name) => standInOf(name, nature);

// What asks a model does so in a tool; while the bundle loads it does nothing.
const inTools = (name, ask) =>
  ({ [name]: (...args) => (isCalling() ? ask(...args) : refusing(name)(...args)) })[name];

const tool = (config) => config;
const dynamicTool = (config) => ({ ...config, type: "dynamic" });

function jsonSchema(schema, { validate } = {}) {
  return {
    [SCHEMA]: true,
    _type: undefined,
    validate,
    get jsonSchema() {
      return typeof schema === "function" ? schema() : schema;
    },
  };
}

function zodSchema(schema) {
  return {
    [SCHEMA]: true,
    _type: undefined,
    async validate(value) {
      const parsed = await schema["~standard"].validate(value);
      if (parsed.issues === undefined) return { success: true, value: parsed.value };
      const error = new TypeError(parsed.issues[0]?.message);
      return { success: false, error: Object.assign(error, { issues: parsed.issues }) };
    },
    get jsonSchema() {
      return schema["~standard"]?.jsonSchema?.input?.({ target: "draft-2020-12" }) ?? {};
    },
  };
}

function asSchema(schema) {
  if (schema?.[SCHEMA]) return schema;
  return schema?.["~standard"] ? zodSchema(schema) : jsonSchema(schema ?? {});
}

const isStepCount = (count) => ({ steps }) => steps.length === count;
const hasToolCall = (...names) => ({ steps }) =>
  steps.at(-1)?.toolCalls?.some((made) => names.includes(made.toolName)) ?? false;

class ToolLoopAgent {
  constructor(settings) {
    this.version = "agent-v1";
    this.settings = settings;
  }
  get id() {
    return this.settings.id;
  }
  get tools() {
    return this.settings.tools;
  }
  async generate(call) {
    if (!isCalling()) return refusing("ToolLoopAgent.generate")();
    return generated(await agentOptions(this.settings, call), "ToolLoopAgent.generate");
  }
  async stream(call) {
    if (!isCalling()) return refusing("ToolLoopAgent.stream")();
    return streamed(await agentOptions(this.settings, call), "ToolLoopAgent.stream");
  }
}

const output = (type) => (settings) => ({ type, ...settings });
const Output = {
  text: output("text"),
  object: output("object"),
  array: output("array"),
  choice: output("choice"),
  json: output("json"),
};

function createIdGenerator({ prefix, separator = "-", size = 16 } = {}) {
  return () => {
    let id = "";
    for (let i = 0; i < size; i++) id += ALPHABET[Math.floor(Math.random() * ALPHABET.length)];
    return prefix === undefined ? id : `${prefix}${separator}${id}`;
  };
}

function cosineSimilarity(left, right) {
  if (left.length !== right.length) {
    const value = { vector1Length: left.length, vector2Length: right.length };
    throw new InvalidArgumentError({ parameter: "vector1,vector2", value, message: "Vectors must have the same length" });
  }
  let dot = 0;
  let squares = 0;
  let otherSquares = 0;
  for (let i = 0; i < left.length; i++) {
    dot += left[i] * right[i];
    squares += left[i] ** 2;
    otherSquares += right[i] ** 2;
  }
  return squares === 0 || otherSquares === 0 ? 0 : dot / (Math.sqrt(squares) * Math.sqrt(otherSquares));
}

const inert = (kind) => (settings) => ({ kind, settings });
const REFUSED = [
  "generateImage", "experimental_generateImage", "generateSpeech", "transcribe", "rerank",
  "convertToModelMessages", "createUIMessageStream", "createUIMessageStreamResponse",
  "createAgentUIStreamResponse", "validateUIMessages", "readUIMessageStream",
];

export default {
  tool,
  dynamicTool,
  jsonSchema,
  zodSchema,
  asSchema,
  isStepCount,
  stepCountIs: isStepCount,
  hasToolCall,
  isLoopFinished: () => () => false,
  ToolLoopAgent,
  Agent: ToolLoopAgent,
  Experimental_Agent: ToolLoopAgent,
  Output,
  AISDKError,
  generateText: inTools("generateText", generateText),
  streamText: inTools("streamText", streamText),
  generateObject: inTools("generateObject", generateObject),
  streamObject: inTools("streamObject", streamObject),
  embed: inTools("embed", embed),
  embedMany: inTools("embedMany", embedMany),
  InvalidArgumentError,
  InvalidToolInputError,
  NoObjectGeneratedError,
  NoOutputGeneratedError,
  NoSuchToolError,
  createIdGenerator,
  generateId: createIdGenerator(),
  cosineSimilarity,
  gateway: createProvider("gateway"),
  createGateway: () => createProvider("gateway"),
  smoothStream: inert("smoothStream"),
  wrapLanguageModel: ({ model }) => model,
  wrapProvider: ({ provider }) => provider,
  customProvider: ({ fallbackProvider } = {}) => fallbackProvider ?? createProvider("custom"),
  createProviderRegistry: () => createProvider("registry"),
  defaultSettingsMiddleware: inert("defaultSettingsMiddleware"),
  extractReasoningMiddleware: inert("extractReasoningMiddleware"),
  extractJsonMiddleware: inert("extractJsonMiddleware"),
  simulateStreamingMiddleware: inert("simulateStreamingMiddleware"),
  ...Object.fromEntries(REFUSED.map((name) => [name, refusing(name)])),
};
