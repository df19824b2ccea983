// What a query to a model is made of in the AI SDK, in the form in which the executor takes it.
import { refused, schemaTold } from "../../core/models.js";
import { modelOf, textsOf } from "../../dispatch/agent-values.js";
import { schemaOf } from "../../dispatch/declared-schema.js";
import { isObject, keysOf, own } from "../../dispatch/names.js";
import { merged, QUERY } from "./hooks.js";

// Answers of models, by the messages that were made of them: the executor has them whole, with what their
// providers want back.
const answers = new WeakMap();

/** Remember of which answer a message was made. */
export function madeOf(message, ref) {
  answers.set(message, ref);
  return message;
}

const PARTS = {
  text: ({ text }) => ({ type: "text", text }),
  image: ({ image, mediaType = "image/*" }) => ({ type: "image", image: `${image}`, mediaType }),
  file: ({ data, mediaType, filename }) => ({ type: "file", data: `${isObject(data) && data.type === "url" ? data.url : data}`, mediaType, filename }),
};

function userPart(part) {
  const told = PARTS[part?.type];
  if (told === undefined) throw refused(`a part of a message of the type "${part?.type}"`);
  return told(part);
}

// The texts of reasoning are for people; what providers want of it goes by `madeOf`.
function answerPart(part) {
  const { type } = part;
  if (type === "text") return [{ type, text: part.text }];
  if (type === "tool-call") return [{ type, toolCallId: part.toolCallId, toolName: part.toolName, input: part.input ?? {} }];
  if (type === "reasoning") return [];
  throw refused(`a part of an answer of the type "${type}"`);
}

function resultPart({ type, toolCallId, toolName, output }) {
  if (type !== "tool-result") throw refused(`a part of a tool's message of the type "${type}"`);
  return { type, toolCallId, toolName, output };
}

function messageTold(message) {
  const { role, content } = message;
  if (answers.has(message)) return { ref: answers.get(message) };
  if (typeof content === "string") return { role, content };
  if (!Array.isArray(content)) throw new TypeError("Invalid prompt: a message has no content");
  if (role === "user") return { role, content: content.map(userPart) };
  if (role === "assistant") return { role, content: content.flatMap(answerPart) };
  if (role === "tool") return { role, content: content.map(resultPart) };
  throw refused(`a message of the role "${role}" after others`);
}

/** The conversation that a call begins with: `{instructions, messages}`. */
export function promptOf({ instructions, system, prompt, messages }) {
  if ((prompt === undefined) === (messages === undefined)) {
    throw new TypeError(`Invalid prompt: prompt ${prompt === undefined ? "or messages must be" : "and messages cannot both be"} defined`);
  }
  const given = typeof prompt === "string" ? [{ role: "user", content: prompt }] : (prompt ?? messages);
  const first = given.findIndex(({ role }) => role !== "system");
  const before = first < 0 ? given : given.slice(0, first);
  const said = instructions ?? system;
  const texts = [...(said === undefined || said === null ? [] : textsOf(said)), ...before.map(({ content }) => content)];
  return { instructions: texts, messages: given.slice(before.length) };
}

const isRun = (tool) => tool.type === undefined || tool.type === "function" || tool.type === "dynamic";

async function toolTold(name, tool) {
  if (!isRun(tool)) throw refused(`the tool "${name}", which the provider runs,`);
  if (tool.needsApproval) throw refused(`the tool "${name}", which needs a person's approval in a query that a tool makes,`);
  const description = typeof tool.description === "function" ? tool.description({}) : tool.description;
  return { name, description: description ?? "", schema: await schemaTold(schemaOf(tool)), strict: tool.strict === true };
}

/** The tools of a query: those that are active, by name. */
export function activeTools(tools = {}, active) {
  const names = keysOf(tools).filter((name) => active === undefined || active.includes(name));
  return Object.fromEntries(names.map((name) => [name, own(tools, name)]));
}

/** The settings of a query, of what a call says, and then a step of it. */
export function settingsOf(call, step) {
  const settings = {};
  for (const name of QUERY) {
    const value = step[name] ?? call[name] ?? undefined;
    if (value !== undefined) settings[name] = value;
  }
  const [options, own] = [call.providerOptions ?? undefined, step.providerOptions ?? undefined];
  if (options !== undefined || own !== undefined) settings.providerOptions = own === undefined ? options : merged(options, own);
  return settings;
}

/** A query of the AI SDK as the executor takes it. */
export async function queryOf({ framework = "ai-sdk", model, instructions, messages, tools, toolChoice, settings, output }) {
  const offered = await Promise.all(keysOf(tools).map((name) => toolTold(name, tools[name])));
  const query = { framework, model: modelOf(model), instructions: instructions.join("\n\n"), messages: messages.map(messageTold), settings };
  if (offered.length > 0) Object.assign(query, { tools: offered, toolChoice: toolChoice ?? undefined });
  if (output !== undefined) query.output = output;
  return query;
}
