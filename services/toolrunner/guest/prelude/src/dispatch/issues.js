// A schema's issues with a value, in one line.
import { invalidInput } from "../core/errors.js";
import { isHolder } from "./names.js";

const MAX_ISSUES = 10;

const keyOf = (part) => `${isHolder(part) ? part.key : part}`;

/** The keys that lead to what an issue is about. */
export const pathOf = (issue) => (issue.path ?? []).map(keyOf);

function describeIssues(issues) {
  const lines = issues.slice(0, MAX_ISSUES).map((issue) => {
    const path = pathOf(issue).join(".");
    return path === "" ? `${issue.message}` : `${path}: ${issue.message}`;
  });
  const rest = issues.length - lines.length;
  return lines.join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

/** The error INVALID_INPUT for these issues. */
export function refuseInput(issues) {
  return invalidInput(`the input does not fit the tool's schema: ${describeIssues(issues)}`);
}

/** The error for a context that does not fit; its fault is the caller's or the agent's. */
export const contextError = (message) => Object.assign(new TypeError(message), { name: "ContextError" });

/** The error for an output that does not fit. */
export const outputError = (message) => Object.assign(new TypeError(message), { name: "OutputError" });

/** The error for a context that the tool's own schema of it refuses. */
export function refuseContext(key, issues) {
  return contextError(`the context of the tool "${key}" does not fit the schema that it has for it: ${describeIssues(issues)}`);
}

/** The error for what a tool returned and its own schema of it refuses; it shows nothing of that. */
export function refuseOutput(key, issues) {
  return outputError(`what the tool "${key}" returned does not fit its output schema: ${describeIssues(issues)}`);
}
