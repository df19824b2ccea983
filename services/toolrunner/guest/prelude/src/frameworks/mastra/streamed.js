// An answer as the parts of Mastra's stream, which `processOutputStream` of processors sees one after another.
import { Dishonoured } from "../../dispatch/hook-values.js";
import { runProcessors } from "./processors.js";

const REPROCESS = "__mastraReprocessPart";

const partOf = (type, payload) => ({ type, runId: "", from: "AGENT", payload });

// The parts of an answer whose text came in these pieces.
function* partsOf({ pieces, calls, finishReason, usage }) {
  yield partOf("step-start", { request: {}, warnings: [] });
  if (pieces.length > 0) {
    yield partOf("text-start", { id: "text" });
    for (const text of pieces) yield partOf("text-delta", { id: "text", text });
    yield partOf("text-end", { id: "text" });
  }
  for (const { id, tool, input } of calls) yield partOf("tool-call", { toolCallId: id, toolName: tool, args: input });
  const { input: inputTokens, output: outputTokens } = usage;
  const output = { usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens } };
  if (calls.length === 0) yield partOf("finish", { stepResult: { reason: finishReason }, output, metadata: {} });
  yield partOf("step-finish", { stepResult: { reason: finishReason, isContinued: calls.length > 0 }, output, metadata: {} });
}

// One part through all processors: `{part}`, null where one dropped it, or `{abort}`.
async function through(processors, part, streams, context) {
  let current = part;
  const abort = await runProcessors(processors, "processOutputStream", context, async (processor, shared) => {
    if (current === null || current === undefined) return;
    const seen = streams.get(processor) ?? [];
    streams.set(processor, seen);
    seen.push(current);
    current = await processor.processOutputStream({ ...shared, part: current, streamParts: seen });
  });
  return { part: current ?? null, abort };
}

const isCall = (part) => part?.type === "tool-call";

/**
 * `{text, message}`: the text of an answer and its message, as the processors of the stream leave them, or
 * `{abort}`.
 */
export async function answerThrough(processors, given, context) {
  const { answer } = given;
  const message = given.messages.at(-1);
  if (!processors.some((processor) => typeof processor.processOutputStream === "function")) return { text: answer.text, message };
  const streams = new Map();
  let text = "";
  for (const part of partsOf(answer)) {
    const result = await through(processors, part, streams, context);
    if (result.abort) return { abort: result.abort };
    const sent = [result.part];
    for (const state of Object.values(context.states)) {
      const kept = state[REPROCESS];
      delete state[REPROCESS];
      if (kept === undefined || kept === null) continue;
      const again = await through(processors, kept, streams, context);
      if (again.abort) return { abort: again.abort };
      sent.push(again.part);
    }
    if (isCall(part) && !sent.some((each) => isCall(each) && JSON.stringify(each.payload) === JSON.stringify(part.payload))) {
      throw new Dishonoured("a processor drops or changes a call of a tool in the stream");
    }
    for (const each of sent) if (each?.type === "text-delta") text += `${each.payload.text ?? ""}`;
  }
  return { text, message: withText(message, text) };
}

/** A message of an answer with another text. */
export function withText({ role, content }, text) {
  const others = typeof content === "string" ? [] : content.filter(({ type }) => type !== "text");
  return { role, content: text === "" ? others : [{ type: "text", text }, ...others] };
}
