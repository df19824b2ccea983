// Whether a call may go on: what a tool's own policy says, and whether it is there at all. A policy that
// fails agrees to nothing.
import { needsApproval, toolNotFound } from "../core/errors.js";
import { read } from "./names.js";

export const MAX_REASON = 300;

/** What a thrown value says, cut. */
export function reasonOf(error) {
  const message = read(error, "message");
  return `${typeof message === "string" ? message : typeof error}`.slice(0, MAX_REASON);
}

/** The error of a call that nobody has approved; `why` is a clause. */
export const needsPerson = (key, why = "") =>
  needsApproval(`a call of "${key}" needs a person's approval: the tool was not run${why === "" ? "" : ` (${why})`}`);

/** Throws unless a policy says that the call may go on without a person: `asks` is a value or a function. */
export async function checkPolicy(key, asks, ...given) {
  let answer;
  try {
    answer = typeof asks === "function" ? await asks(...given) : asks;
  } catch (error) {
    throw needsPerson(key, `what decides that failed: ${reasonOf(error)}`);
  }
  if (answer) throw needsPerson(key);
}

/** Whether an `isEnabled` that gave this lets a tool be called, and offered. */
export const isOn = (answer) => answer === undefined || Boolean(answer);

/** Throws for a tool that is switched off; `isEnabled` is a value or a function. */
export async function checkEnabled(key, isEnabled, ...given) {
  const answer = typeof isEnabled === "function" ? await isEnabled(...given) : isEnabled;
  if (!isOn(answer)) throw toolNotFound(`the tool "${key}" is not enabled now: its \`isEnabled\` says so`);
}
