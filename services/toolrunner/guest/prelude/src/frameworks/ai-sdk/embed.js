// `embed` and `embedMany` of the AI SDK, in a tool: the executor asks the embedding model.
import { answerTo, checkMayAsk, refused, refuseOptions } from "../../core/models.js";
import { modelOf } from "../../dispatch/agent-values.js";
import { isObject, keysOf, own } from "../../dispatch/names.js";
import { fromBase64 } from "../../web/base64.js";

const UNSUPPORTED = ["headers", "onStart", "experimental_onStart", "onEnd", "experimental_onEnd"];
const OPTIONS = ["dimensions", "user"];
// The most of one query; more values make several (services/executor/agent/embeddings.py has the first).
const MAX_VALUES = 100;
const MAX_BYTES = 300_000;
// So many answers fit into what the executor holds for the tools of a run, however long their vectors are.
const MAX_AT_ONCE = 3;

// What the options of the model's provider say: those of others are not for it.
function optionsOf({ providerOptions }, model, what) {
  const named = model.provider === undefined || model.provider === "gateway" ? model.id : model.provider;
  const [provider] = named.split(/[./]/, 1);
  const options = isObject(providerOptions) ? own(providerOptions, provider) : undefined;
  const found = {};
  for (const key of isObject(options) ? keysOf(options) : []) {
    if (!OPTIONS.includes(key)) throw refused(`"${key}" of the providerOptions of ${what}`);
    if (options[key] !== undefined) found[key] = options[key];
  }
  return found;
}

function queryOf(options, what) {
  checkMayAsk(what);
  refuseOptions(options, UNSUPPORTED, what);
  if (options.model === undefined || options.model === null) throw new TypeError(`${what} needs a model`);
  const model = modelOf(options.model);
  return { op: "embed", framework: "ai-sdk", model, dimensions: options.dimensions, ...optionsOf(options, model, what) };
}

function checked(value) {
  if (typeof value !== "string") throw new TypeError(`a value to embed must be a string, and one is ${value === null ? "null" : `of the type ${typeof value}`}`);
  return value;
}

// The numbers of a vector: 8 bytes each, the lowest byte first.
const vectorOf = (data) => Array.from(new Float64Array(fromBase64(data).buffer));

async function embedded(query, values, what, signal) {
  const embeddings = [];
  let tokens;
  for await (const part of answerTo({ ...query, values }, what, signal)) {
    if (part.type === "vector") embeddings.push(vectorOf(part.data));
    else tokens = part.usage.input;
  }
  return { embeddings, tokens };
}

export async function embed(options) {
  const what = "embed";
  const query = queryOf(options, what);
  const { value } = options;
  const { embeddings: [embedding], tokens } = await embedded(query, [checked(value)], what, options.abortSignal);
  return { value, embedding, usage: { tokens }, warnings: [], providerMetadata: undefined, response: undefined };
}

// The values of each query, in their order.
function split(values) {
  const textEncoder = new TextEncoder();
  const chunks = [];
  let bytes = 0;
  for (const value of values) {
    const size = textEncoder.encode(checked(value)).length;
    const last = chunks.at(-1);
    if (last === undefined || last.length === MAX_VALUES || bytes + size > MAX_BYTES) {
      chunks.push([value]);
      bytes = size;
    } else {
      last.push(value);
      bytes += size;
    }
  }
  return chunks;
}

export async function embedMany(options) {
  const what = "embedMany";
  const query = queryOf(options, what);
  const { values, maxParallelCalls = Infinity, abortSignal } = options;
  if (!(maxParallelCalls > 0)) throw new RangeError("maxParallelCalls must be greater than 0");
  if (!Array.isArray(values)) throw new TypeError("values must be an array of strings");
  const atOnce = Math.min(Math.ceil(maxParallelCalls), MAX_AT_ONCE);
  const chunks = split(values);
  const found = [];
  for (let at = 0; at < chunks.length; at += atOnce) {
    found.push(...await Promise.all(chunks.slice(at, at + atOnce).map((chunk) => embedded(query, chunk, what, abortSignal))));
  }
  const usage = { tokens: found.reduce((sum, { tokens }) => sum + tokens, 0) };
  return { values, embeddings: found.flatMap(({ embeddings }) => embeddings), usage, warnings: [], providerMetadata: undefined, responses: found.map(() => undefined) };
}
