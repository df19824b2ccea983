// The steps of a run so far, in the form in which the AI SDK shows them to an agent's functions.
const MAX_NAME = 200;

const NAMED = /^([A-Za-z]{0,60}(?:Error|Exception)): ([^]*)$/;

function errorOf(text) {
  const found = NAMED.exec(text);
  const error = new Error(found === null ? text : found[2]);
  if (found !== null) error.name = found[1];
  return error;
}

function callOf({ id, tool, input, invalid }) {
  const call = { type: "tool-call", toolCallId: id, toolName: tool, input };
  return invalid === undefined ? call : { ...call, dynamic: true, invalid: true, error: errorOf(invalid) };
}

function resultOf({ id, tool, output, error }, { input, invalid }) {
  const of = { toolCallId: id, toolName: tool, input, dynamic: invalid !== undefined };
  return error === undefined ? { type: "tool-result", ...of, output } : { type: "tool-error", ...of, error: errorOf(error) };
}

// A call that cannot be made fails at once, the others have their results after all calls.
function contentOf({ text, calls, results }) {
  const outcomes = new Map(results.map((result) => [result.id, result]));
  const content = text === "" ? [] : [{ type: "text", text }];
  const later = [];
  for (const call of calls) {
    content.push(callOf(call));
    const outcome = outcomes.get(call.id);
    if (outcome !== undefined) (call.invalid === undefined ? later : content).push(resultOf(outcome, call));
  }
  return [...content, ...later];
}

/** Token counts in the SDK's form. */
export function usageOf({ input, output, cached, cacheWrite, reasoning }) {
  return {
    inputTokens: input,
    inputTokenDetails: {
      noCacheTokens: input - cached - cacheWrite, cacheReadTokens: cached, cacheWriteTokens: cacheWrite,
    },
    outputTokens: output,
    outputTokenDetails: { textTokens: output - reasoning, reasoningTokens: reasoning },
    totalTokens: input + output,
    reasoningTokens: reasoning,
    cachedInputTokens: cached,
  };
}

// A model as the SDK names it: what stands before the id is the provider.
function modelNamed(name) {
  const at = name.indexOf("/");
  return { provider: name.slice(0, Math.max(at, 0)).slice(0, MAX_NAME), modelId: name.slice(at + 1) };
}

// The messages that a step added to the conversation.
function messagesOf(step) {
  const said = step.text === "" ? [] : [{ type: "text", text: step.text }];
  const calls = step.calls.map(({ id, tool, input }) => ({ type: "tool-call", toolCallId: id, toolName: tool, input }));
  const found = [{ role: "assistant", content: [...said, ...calls] }];
  const outputs = step.results.map(({ id, tool, shown }) => ({ type: "tool-result", toolCallId: id, toolName: tool, output: shown }));
  if (outputs.length > 0) found.push({ role: "tool", content: outputs });
  return found;
}

/** A step as the SDK shows it. */
export class Step {
  constructor(members) {
    Object.assign(this, members);
  }
  #of(type) {
    return this.content.filter((part) => part.type === type);
  }
  get text() {
    return this.#of("text").map(({ text }) => text).join("");
  }
  get reasoning() {
    return this.#of("reasoning");
  }
  get reasoningText() {
    return this.reasoning.length === 0 ? undefined : this.reasoning.map(({ text }) => text).join("");
  }
  get files() {
    return [];
  }
  get sources() {
    return [];
  }
  get toolCalls() {
    return this.#of("tool-call");
  }
  get staticToolCalls() {
    return this.toolCalls.filter(({ dynamic }) => dynamic !== true);
  }
  get dynamicToolCalls() {
    return this.toolCalls.filter(({ dynamic }) => dynamic === true);
  }
  get toolResults() {
    return this.#of("tool-result");
  }
  get staticToolResults() {
    return this.toolResults.filter(({ dynamic }) => dynamic !== true);
  }
  get dynamicToolResults() {
    return this.toolResults.filter(({ dynamic }) => dynamic === true);
  }
}

function stepOf(step, contexts) {
  const model = modelNamed(step.model);
  return new Step({
    stepNumber: step.step,
    model,
    ...contexts,
    content: contentOf(step),
    finishReason: step.finishReason,
    rawFinishReason: step.finishReason,
    usage: usageOf(step.usage),
    warnings: [],
    request: {},
    response: { id: "", timestamp: new Date(0), modelId: model.modelId, messages: messagesOf(step) },
    providerMetadata: undefined,
  });
}

/** The steps of `given`; `contexts` are the members that each step has besides. */
export const stepsOf = (given, contexts) => given.steps.map((step) => stepOf(step, contexts));
