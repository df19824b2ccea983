// What an answer is to be: `Output` of the AI SDK, and what `generateObject` wants.
import { readBy, refused, schemaTold } from "../../core/models.js";
import { NoObjectGeneratedError } from "./errors.js";

const listSchema = (items) => ({
  type: "object", properties: { elements: { type: "array", items } }, required: ["elements"], additionalProperties: false,
});
const choiceSchema = (options) => ({
  type: "object", properties: { result: { type: "string", enum: options } }, required: ["result"], additionalProperties: false,
});

async function itemSchema(schema) {
  const { jsonSchema } = await schemaTold(schema);
  if (jsonSchema === undefined) throw refused("Output.array of a schema of zod 3");
  const { $schema, ...items } = jsonSchema;
  return items;
}

class Mismatch extends Error {}
const misfit = (issues) => new Mismatch(`Type validation failed: ${JSON.stringify(issues)}`);
const readAs = async (schema, value) => (await readBy(schema, value, misfit)).value;

function elementsIn(value) {
  if (!Array.isArray(value?.elements)) throw new Mismatch("response must be an object with an elements array");
  return value.elements;
}

const KINDS = {
  object: ({ schema }) => ({ told: () => schemaTold(schema), read: (value) => readAs(schema, value), partial: (value) => value }),
  array: ({ element }) => ({
    told: async () => ({ jsonSchema: listSchema(await itemSchema(element)) }),
    read: (value) => Promise.all(elementsIn(value).map((each) => readAs(element, each))),
    partial: (value, isWhole) => (Array.isArray(value?.elements) ? (isWhole ? value.elements : value.elements.slice(0, -1)) : undefined),
  }),
  choice: ({ options }) => ({
    told: async () => ({ jsonSchema: choiceSchema(options) }),
    read: async ({ result }) => {
      if (!options.includes(result)) throw new Mismatch("response must be an object that contains a choice value.");
      return result;
    },
    partial: (value, isWhole) => (isWhole && options.includes(value?.result) ? value.result : undefined),
  }),
};

// The model is told what an output is by its schema's description.
function described(schema, description) {
  if (description === undefined) return schema;
  if (schema.jsonSchema !== undefined) return { ...schema, jsonSchema: { ...schema.jsonSchema, description } };
  const [root, ...others] = schema.zod.nodes;
  return { ...schema, zod: { ...schema.zod, nodes: [{ ...root, meta: { ...root.meta, description } }, ...others] } };
}

/** How an output is asked for and read; undefined for text. */
export function outputOf(output, what) {
  if (output === undefined || output === null || output.type === "text") return undefined;
  const kind = KINDS[output.type];
  if (kind === undefined) throw refused(`an output of the type "${output.type}" of ${what}`);
  const { told, read, partial } = kind(output);
  async function parse(text, context) {
    let value;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new NoObjectGeneratedError({ message: "No object generated: could not parse the response.", cause, text, ...context });
    }
    try {
      return await read(value);
    } catch (cause) {
      throw new NoObjectGeneratedError({ message: "No object generated: response did not match schema.", cause, text, ...context });
    }
  }
  return { told: async () => described(await told(), output.description), parse, partial };
}

const CLOSED = { "{": "}", "[": "]" };

// The shortest text that makes the beginning of a JSON text whole.
function completed(text) {
  const open = [];
  let inText = false;
  let last = 0; // where the text may be cut, with what is open there
  let kept = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inText) {
      if (character === "\\") at++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (CLOSED[character]) open.push(CLOSED[character]);
    else if (character === "}" || character === "]") open.pop();
    else if (character === ",") {
      last = at;
      kept = open.toReversed().join("");
    }
  }
  const close = open.toReversed().join("");
  return [`${text}${inText ? '"' : ""}${close}`, `${text}${close}`, `${text.slice(0, last)}${kept}`];
}

/** What the beginning of a JSON text says so far: `{value, isWhole}`, or undefined. */
export function partialJson(text) {
  for (const [at, each] of [text, ...completed(text)].entries()) {
    try {
      return { value: JSON.parse(each), isWhole: at === 0 };
    } catch {
      // another end may fit
    }
  }
  return undefined;
}
