// The conversation as the OpenAI Agents SDK shows it to an agent's functions: a text, or items of its protocol.
const textOf = (content) =>
  typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("");

const message = (text) => ({ type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text }] });

const callItem = ({ id, tool, input }) =>
  ({ type: "function_call", callId: id, name: tool, status: "completed", arguments: JSON.stringify(input ?? {}) });

const resultItem = (id, tool, { type, value }) => {
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
  const found = calls.map(({ toolCallId, toolName, input }) => callItem({ id: toolCallId, tool: toolName, input }));
  return text === "" ? found : [message(text), ...found];
}

/** What a run begins with: the text of its message, or items where there is more than that. */
export function inputOf(messages) {
  const [{ content }] = messages;
  return messages.length === 1 && typeof content === "string" ? content : messages.flatMap(itemsIn);
}

const saidIn = ({ text, calls }) => [...(text === "" ? [] : [message(text)]), ...calls.map(callItem)];

/** The items that a step added. */
export const itemsOf = (step) => [...saidIn(step), ...step.results.map(({ id, tool, shown }) => resultItem(id, tool, shown))];

/** What the model answered in a step. */
export function responseOf(step) {
  const { input = 0, output = 0 } = step.usage;
  const usage = { requests: 1, inputTokens: input, outputTokens: output, totalTokens: input + output };
  return { usage, output: saidIn(step), responseId: undefined };
}
