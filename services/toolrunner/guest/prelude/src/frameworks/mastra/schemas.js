// How Mastra reads inputs, outputs and request contexts of tools that were made by its imported
// `createTool`: it repairs what models often send, and drops what an output's schema does not have.
import { pathOf, refuseContext, refuseInput, refuseOutput } from "../../dispatch/issues.js";
import { isHolder, isObject, isPlain, read } from "../../dispatch/names.js";
import { defOf } from "../../dispatch/zod-definition.js";

const MAX_UNWRAPPED = 8;
const ALIASES = ["query", "message", "input"];

function schemaIn(given) {
  const isLazy = typeof given === "function" && !read(given, "~standard");
  const schema = isLazy ? given() : given;
  return isHolder(schema) && typeof read(read(schema, "~standard"), "validate") === "function" ? schema : undefined;
}

function check(schema, value) {
  const result = schema["~standard"].validate(value);
  if (typeof read(result, "then") !== "function") return result;
  throw new Error("Your schema is async, which is not supported. Please use a sync schema.");
}

// zod 3 and 4 keep the kind of a schema, and what is inside of a wrapper, at other places.
function coreOf(schema) {
  for (let i = 0; i < MAX_UNWRAPPED; i++) {
    const definition = defOf(schema);
    const inner = read(definition, "innerType") ?? read(definition, "in") ?? read(definition, "schema");
    if (inner === undefined) break;
    schema = inner;
  }
  const definition = defOf(schema);
  const kind = read(definition, "type");
  return { kind: `${read(definition, "typeName") ?? (typeof kind === "string" ? kind : "")}`.toLowerCase().replace(/^zod/, ""), schema };
}

// Arrays and objects that came as their JSON text.
function withParsedTexts(schema, input) {
  const { kind, schema: core } = coreOf(schema);
  if (kind !== "object" || !isPlain(input)) return input;
  const shape = read(core, "shape") ?? {};
  const repaired = { ...input };
  let isChanged = false;
  for (const key of Object.keys(input)) {
    const value = input[key];
    const wanted = typeof value === "string" && Object.hasOwn(shape, key) ? coreOf(shape[key]).kind : "";
    if (!(wanted === "array" && value.trim().startsWith("[")) && !(wanted === "object" && value.trim().startsWith("{"))) continue;
    try {
      repaired[key] = JSON.parse(value);
      isChanged = true;
    } catch {
      // It stays the text that it is.
    }
  }
  return isChanged ? repaired : input;
}

function valueAt(input, path) {
  let found = input;
  for (const key of path) {
    if (!isObject(found)) return undefined;
    found = found[key];
  }
  return found;
}

// Without the nulls that are at one of the paths, or without any when there are no paths.
function withoutNulls(value, paths, at = "") {
  if (Array.isArray(value)) return value.map((item, i) => withoutNulls(item, paths, at === "" ? `${i}` : `${at}.${i}`));
  if (!isPlain(value)) return value;
  const kept = {};
  for (const key of Object.keys(value)) {
    const path = at === "" ? key : `${at}.${key}`;
    const isDropped = value[key] === null && (paths === undefined || paths.has(path));
    if (!isDropped) kept[key] = withoutNulls(value[key], paths, path);
  }
  return kept;
}

function nullPathsOf(issues, input) {
  const paths = issues.map(pathOf).filter((path) => path.length > 0 && (valueAt(input, path) ?? null) === null);
  return paths.length > 0 ? new Set(paths.map((path) => path.join("."))) : undefined;
}

// Models call an agent's `prompt` by other names, too.
function withPrompt(input) {
  if (!isPlain(input) || (input.prompt ?? null) !== null) return undefined;
  const text = ALIASES.map((key) => input[key]).find((value) => typeof value === "string");
  return text === undefined ? undefined : { ...input, prompt: text };
}

function* repairsOf(schema, input, issues) {
  const texts = withParsedTexts(schema, input);
  if (texts !== input) yield texts;
  yield withoutNulls(input, nullPathsOf(issues, input));
  const prompt = withPrompt(input);
  if (prompt !== undefined && "prompt" in (read(coreOf(schema).schema, "shape") ?? {})) yield prompt;
}

/** `{value}`: an input as Mastra reads it, repaired where only that makes it fit; throws INVALID_INPUT. */
export function readMastraInput(given, input) {
  const schema = schemaIn(given);
  if (schema === undefined) return { __proto__: null, value: input };
  const empty = { object: {}, array: [] }[input === null ? coreOf(schema).kind : ""];
  const whole = empty ?? input;
  const first = check(schema, whole);
  if (!first.issues) return first;
  for (const repaired of repairsOf(schema, whole, first.issues)) {
    const result = check(schema, repaired);
    if (!result.issues) return result;
  }
  throw refuseInput(first.issues);
}

/** An output as its schema reads it. */
export function readMastraOutput(given, output, key) {
  const schema = schemaIn(given);
  if (schema === undefined) return output;
  const result = check(schema, output);
  if (result.issues) throw refuseOutput(key, result.issues);
  return result.value;
}

/** The values of a request context as the tool's schema of it reads them. */
export function readMastraContext(given, values, key) {
  const schema = schemaIn(given);
  if (schema === undefined) return values;
  const result = check(schema, values);
  if (result.issues) throw refuseContext(key, result.issues);
  return { ...values, ...result.value };
}
