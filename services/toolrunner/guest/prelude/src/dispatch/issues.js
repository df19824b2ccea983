// A schema's issues with a value, in one line.
import { invalidInput } from "../core/errors.js";
import { isHolder } from "./names.js";

const MAX_ISSUES = 10;

const keyOf = (part) => `${isHolder(part) ? part.key : part}`;

function describeIssues(issues) {
  const lines = issues.slice(0, MAX_ISSUES).map((issue) => {
    const path = (issue.path ?? []).map(keyOf).join(".");
    return path === "" ? `${issue.message}` : `${path}: ${issue.message}`;
  });
  const rest = issues.length - lines.length;
  return lines.join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

/** The error INVALID_INPUT for these issues. */
export function refuseInput(issues) {
  return invalidInput(`the input does not fit the tool's schema: ${describeIssues(issues)}`);
}

/** The error for a context that the tool's own schema of it refuses: the caller's or the agent's fault. */
export function refuseContext(key, issues) {
  const message = `the context of the tool "${key}" does not fit the schema that it has for it: ${describeIssues(issues)}`;
  return Object.assign(new TypeError(message), { name: "ContextError" });
}

/** The error for what a tool returned and its own schema of it refuses; it shows nothing of that. */
export function refuseOutput(key, issues) {
  const message = `what the tool "${key}" returned does not fit its output schema: ${describeIssues(issues)}`;
  return Object.assign(new TypeError(message), { name: "OutputError" });
}
