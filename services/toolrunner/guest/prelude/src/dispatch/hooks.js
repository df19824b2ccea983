// Hooks of an agent: functions of the bundle that its framework calls around model queries, called as
// the framework does. What is given and what comes back is plain data in one form for all frameworks.
import { toolNotFound } from "../core/errors.js";
import { question } from "../frameworks/index.js";
import { Dishonoured } from "./hook-values.js";
import { parsed } from "./input.js";
import { own } from "./names.js";

const hooksOf = question("hooksOf");

/**
 * What the hook `name` of an agent says to `given`, as `{value}`, or `{problem}` where Caisson cannot do
 * that; `call` is what is given to every call (see context.js), `again()` another copy of `given`. What the
 * hook throws is thrown.
 */
export async function askHook(agent, [name, given], call, again) {
  const ask = own(hooksOf(agent), name);
  if (ask === undefined) throw toolNotFound(`the agent has no \`${name}\` that can be called`);
  try {
    return { value: (await ask(given, call, parsed, again)) ?? null };
  } catch (error) {
    if (error instanceof Dishonoured) return { problem: error.message };
    throw error;
  }
}
