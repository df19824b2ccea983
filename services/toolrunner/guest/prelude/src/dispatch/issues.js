// A schema's issues with an input, in one line.
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
