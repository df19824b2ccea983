// The conversation as the OpenAI Agents SDK shows it to an agent's functions: a text, or items of its protocol.
import { refused } from "../../core/models.js";

const textOf = (content) =>
  typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("");

const message = (text) => ({ type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text }] });

const asJson = (input) => JSON.stringify(input ?? {});
const callItem = (id, tool, json) => ({ type: "function_call", callId: id, name: tool, status: "completed", arguments: json });

/** The result of a call, of what the model is shown of it. */
export const resultItem = (id, tool, { type, value }) => {
  const text = type === "text" || type === "error-text" ? value : JSON.stringify(value);
  return { type: "function_call_result", name: tool, callId: id, status: "completed", output: { type: "text", text } };
};

const PARTS = {
  text: ({ text }) => ({ type: "input_text", text }),
  image: ({ data }) => ({ type: "input_image", image: data ?? "" }),
  file: ({ data, filename, mediaType = "" }) =>
    mediaType.startsWith("image/") ? { type: "input_image", image: data ?? "" } : { type: "input_file", file: data ?? "", filename },
};

const userContent = (content) =>
  typeof content === "string" ? content : content.map((part) => (PARTS[part.type] ?? PARTS.text)(part));

/** What one message of a conversation is. */
export function itemsIn({ role, content }) {
  if (role === "user") return [{ type: "message", role, content: userContent(content) }];
  if (role === "tool") return content.map(({ toolCallId, toolName, output }) => resultItem(toolCallId, toolName, output));
  const text = textOf(content);
  const calls = typeof content === "string" ? [] : content.filter(({ type }) => type === "tool-call");
  const found = calls.map(({ toolCallId, toolName, input }) => callItem(toolCallId, toolName, asJson(input)));
  return text === "" ? found : [message(text), ...found];
}

/** What a run begins with: the text of its message, or items where there is more than that. */
export function inputOf(messages) {
  const [{ content }] = messages;
  return messages.length === 1 && typeof content === "string" ? content : messages.flatMap(itemsIn);
}

const INPUTS = {
  input_text: ({ text }) => ({ type: "text", text }),
  output_text: ({ text }) => ({ type: "text", text }),
  input_image: ({ image, imageUrl }) => ({ type: "image", image: `${image ?? imageUrl}`, mediaType: "image/*" }),
};

function contentOf(content) {
  if (typeof content === "string") return content;
  return content.map((part) => {
    const told = INPUTS[part.type];
    if (told === undefined) throw refused(`an item with a part of the type "${part.type}"`);
    return told(part);
  });
}

const resultsIn = ({ callId, name, output }) => {
  const parts = Array.isArray(output) ? output : [output];
  const texts = parts.map((part) => (typeof part === "string" ? part : part.text));
  if (texts.some((text) => typeof text !== "string")) throw refused("an item with the result of a tool that is no text");
  return { type: "tool-result", toolCallId: callId, toolName: name, output: { type: "text", value: texts.join("") } };
};

/** The conversation that a run begins with, in the form that all frameworks share. */
export function conversationOf(input) {
  if (typeof input === "string") return [{ role: "user", content: input }];
  const found = [];
  for (const item of input) {
    const last = found.at(-1);
    const { type = "message", role } = item;
    if (type === "function_call") {
      const part = { type: "tool-call", toolCallId: item.callId, toolName: item.name, input: item.arguments === "" ? {} : JSON.parse(item.arguments) };
      if (last?.role === "assistant") last.content.push(part);
      else found.push({ role: "assistant", content: [part] });
    } else if (type === "function_call_result") {
      if (last?.role === "tool") last.content.push(resultsIn(item));
      else found.push({ role: "tool", content: [resultsIn(item)] });
    } else if (type === "message" && role === "assistant") {
      const content = contentOf(item.content);
      found.push({ role, content: typeof content === "string" ? [{ type: "text", text: content }] : content });
    } else if (type === "message" && role === "user") found.push({ role, content: contentOf(item.content) });
    else if (type !== "reasoning") throw refused(`an item of the type "${type}" of the role "${role}"`);
  }
  return found;
}

/** The items of an answer; `jsonOf` gives the arguments of a call as text. */
export const saidIn = ({ text, calls }, jsonOf = asJson) =>
  [...(text === "" ? [] : [message(text)]), ...calls.map(({ id, tool, input }) => callItem(id, tool, jsonOf(input)))];

/** The items that a step added. */
export const itemsOf = (step) => [...saidIn(step), ...step.results.map(({ id, tool, shown }) => resultItem(id, tool, shown))];

/** What the model answered, `said` as items. */
export function responseOf(said, { input = 0, output = 0 }) {
  const usage = { requests: 1, inputTokens: input, outputTokens: output, totalTokens: input + output };
  return { usage, output: said, responseId: undefined };
}
