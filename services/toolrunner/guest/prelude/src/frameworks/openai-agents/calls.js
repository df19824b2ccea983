// Tools of the OpenAI Agents SDK: `invoke(runContext, json, details)`.
import { read } from "../../dispatch/names.js";

/** What tools read from a run; approvals are up to the executor. */
export class RunContext {
  constructor(context = {}) {
    this.context = context;
    this.usage = { requests: 0, inputTokens: 0, outputTokens: 0, totalTokens: 0 };
  }
  isToolApproved() {
    return true;
  }
  approveTool() {}
  rejectTool() {}
  toJSON() {
    return { context: this.context, usage: this.usage, approvals: {} };
  }
}

/** Whether a tool is a function tool of the SDK. */
export const isInvoked = (tool) =>
  typeof read(tool, "execute") !== "function" && typeof read(tool, "invoke") === "function";

/** Calls a tool; the SDK's own code reads the input and turns failures into text. */
export function invokeTool(tool, input, { context, options: { toolCallId, abortSignal } }) {
  const json = JSON.stringify(input ?? {});
  const toolCall = {
    type: "function_call",
    name: `${read(tool, "name")}`,
    callId: toolCallId,
    status: "completed",
    arguments: json,
  };
  return tool.invoke(new RunContext(context), json, { toolCall, signal: abortSignal });
}
