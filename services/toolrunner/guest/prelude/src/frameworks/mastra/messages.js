// A conversation in Mastra's form of messages, made of the form that all frameworks share (see
// dispatch/hook-values.js), and back.
import { isObject, read } from "../../dispatch/names.js";

const GAP_MS = 1000;

// A processor may change what it is given in place.
const copyOf = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

const outputOf = ({ type, value }) =>
  type === "error-text" || type === "error-json" ? { state: "result", result: copyOf(value), isError: true } : { state: "result", result: copyOf(value) };

function filePart({ data, mediaType, filename }) {
  const found = { type: "file", data: data ?? "", mimeType: mediaType ?? "" };
  return filename === undefined ? found : { ...found, filename };
}

const userParts = (content) =>
  (typeof content === "string" ? [{ type: "text", text: content }] : content).map((part) =>
    part.type === "text" ? { type: "text", text: part.text } : filePart(part));

function answerParts(content, outputs) {
  return (typeof content === "string" ? [{ type: "text", text: content }] : content).map((part) => {
    if (part.type !== "tool-call") return { type: "text", text: part.text };
    const { toolCallId, toolName, input: args } = part;
    const output = outputs.get(toolCallId);
    return { type: "tool-invocation", toolInvocation: { ...(output ? outputOf(output) : { state: "call" }), toolCallId, toolName, args: copyOf(args) } };
  });
}

/** The texts of parts, as Mastra joins them. */
export const textIn = (parts) => parts.filter(({ type }) => type === "text").map(({ text }) => text).join("");

// Answers in a row, with the results of their calls, are one message.
function groupsOf(messages) {
  const groups = [];
  messages.forEach((message, at) => {
    const last = groups.at(-1);
    if (message.role !== "user" && last !== undefined && messages[last[0]].role !== "user") last.push(at);
    else groups.push([at]);
  });
  return groups;
}

function contentOf(messages, group, outputs) {
  if (messages[group[0]].role === "user") return { parts: userParts(messages[group[0]].content) };
  const answers = group.map((at) => messages[at]).filter(({ role }) => role === "assistant");
  const parts = answers.flatMap(({ content }, at) => [...(at > 0 ? [{ type: "step-start" }] : []), ...answerParts(content, outputs)]);
  return { parts };
}

/**
 * The messages in Mastra's form, each as `{message, group}`: the places of those that it is made of.
 * `ids` are the conversation's and its owner's.
 */
export function messagesFor(messages, { sessionId: threadId, resourceId }) {
  const results = messages.filter(({ role }) => role === "tool").flatMap(({ content }) => content);
  const outputs = new Map(results.map(({ toolCallId, output }) => [toolCallId, output]));
  const groups = groupsOf(messages);
  const began = Date.now() - groups.length * GAP_MS;
  return groups.map((group, at) => {
    const { parts } = contentOf(messages, group, outputs);
    const content = { format: 2, parts, content: textIn(parts.slice(parts.findLastIndex(({ type }) => type === "step-start") + 1)) };
    const createdAt = new Date(began + at * GAP_MS);
    const role = messages[group[0]].role === "user" ? "user" : "assistant";
    return { message: { id: `message-${at}`, role, createdAt, threadId, resourceId, content }, group };
  });
}

const resultPart = ({ toolCallId, toolName, result, isError }) => {
  const value = result === undefined ? null : result;
  const type = typeof value === "string" ? "text" : "json";
  return { type: "tool-result", toolCallId, toolName, output: { type: isError === true ? `error-${type}` : type, value } };
};

// A message of an answer for each step in the parts, and after it the results of its calls.
function answersOf(parts) {
  const found = [];
  let said = [];
  let results = [];
  const flush = () => {
    if (said.length > 0) found.push({ role: "assistant", content: said });
    if (results.length > 0) found.push({ role: "tool", content: results });
    said = [];
    results = [];
  };
  for (const part of parts) {
    if (part.type === "step-start") flush();
    else if (part.type === "text") {
      if (results.length > 0) flush();
      said.push({ type: "text", text: part.text });
    } else if (part.type === "tool-invocation") {
      const { toolCallId, toolName, args, state } = part.toolInvocation;
      said.push({ type: "tool-call", toolCallId, toolName, input: args ?? {} });
      if (state === "result") results.push(resultPart(part.toolInvocation));
    } else if (part.type !== "reasoning") said.push(part);
  }
  flush();
  return found;
}

const userPart = (part) =>
  part.type === "file" ? { type: "file", mediaType: part.mimeType ?? part.mediaType, data: part.data, filename: part.filename } : part;

/** A message of Mastra in the form that all frameworks share: one or more. */
export function sharedOf(message) {
  const { role, content } = message;
  const given = read(content, "parts") ?? content;
  const parts = typeof given === "string" ? [{ type: "text", text: given }] : given;
  if (!Array.isArray(parts) || !parts.every(isObject)) return [{ role, content: parts }];
  if (role === "assistant") return answersOf(parts);
  const isText = parts.length === 1 && parts[0].type === "text";
  return [{ role, content: isText ? parts[0].text : parts.filter(({ type }) => type !== "step-start").map(userPart) }];
}
