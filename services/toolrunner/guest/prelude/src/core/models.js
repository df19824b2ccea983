// Queries to models: host calls of the capability `model`. The executor asks the model, within the
// budget of the run; a query is begun, and its answer read piece by piece.
import { deniedError, notAvailable } from "./errors.js";

let given;

/** Take the host calls, and how schemas are described and read; called once, at boot. */
export function modelsFrom(parts) {
  given = parts;
}

/** A value as a schema of any kind reads it: `{value}`, or a promise of it; throws `refuse(issues)`. */
export const readBy = (schema, value, refuse) => given.parsed(schema, value, refuse);

/** A schema in the form in which the executor takes it. */
export const schemaTold = (schema) => given.describe({ inputSchema: schema });

/** The refusal of what a query cannot have. */
export const refused = (what) => notAvailable(`${what} is not available in the sandbox`);

/** Refuse the first of these options that is set; `what` is the function that they are of. */
export function refuseOptions(options, names, what) {
  for (const name of names) {
    if (options[name] !== undefined && options[name] !== null) throw refused(`"${name}" of ${what}`);
  }
}

const notGranted = (what) =>
  deniedError(
    `${what} asks a model, and this run was not granted the capability \`model\`. Grant it by \`spec.allow_models\` ` +
      "of the request, `--allow-models` of the command line, or CAISSON_EXECUTOR_TOOL_MODELS=always for all runs",
  );

/** Throw the refusal of a run without the capability; `what` is the function that asks. */
export function checkMayAsk(what) {
  if (!given.calls.may("model")) throw notGranted(what);
}

/**
 * Ask a model: yields the parts of its answer, the last of which is `{type: "finish"}`.
 *
 * `asked` is the query (services/executor/agent/tool_queries.py reads it), `what` the function that asks. An
 * answer that nobody reads to its end is ended; when the signal aborts, its reason is thrown.
 */
export async function* answerTo(asked, what, signal) {
  const { calls } = given;
  checkMayAsk(what);
  signal?.throwIfAborted();
  const { id, answer } = calls.start("model", { op: "query", ...asked });
  const send = (input) => calls.ask("model", input).catch(() => {});
  let isOver = false;
  const stop = () => {
    send({ op: "abort", request: id });
    send({ op: "close", query: id });
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (let piece = await answer; ; piece = await calls.ask("model", { op: "read", query: id })) {
      signal?.throwIfAborted();
      isOver = piece.done;
      yield* piece.parts;
      if (isOver) return;
    }
  } catch (error) {
    isOver = true;
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    if (!isOver) send({ op: "close", query: id });
  }
}
