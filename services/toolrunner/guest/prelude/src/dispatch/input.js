// The input as the tool's own schema reads it: checked, with defaults and transforms applied.
import { invalidInput } from "../core/errors.js";
import { isHolder, read } from "./names.js";

const SCHEMA = Symbol.for("vercel.ai.schema");
const MAX_ISSUES = 10;

/** The schema of a tool's input as it declares it, undefined when there is none. */
export function schemaOf(tool) {
  let schema = read(tool, "inputSchema") ?? read(tool, "parameters") ?? read(tool, "schema");
  const isLazy = typeof schema === "function" && !read(schema, "~standard") && !read(schema, "safeParse");
  if (isLazy) schema = schema();
  return isHolder(schema) ? schema : undefined;
}

const keyOf = (part) => `${isHolder(part) ? part.key : part}`;

function describeIssues(issues) {
  const lines = issues.slice(0, MAX_ISSUES).map((issue) => {
    const path = (issue.path ?? []).map(keyOf).join(".");
    return path === "" ? `${issue.message}` : `${path}: ${issue.message}`;
  });
  const rest = issues.length - lines.length;
  return lines.join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

function refuse(issues) {
  return invalidInput(`the input does not fit the tool's schema: ${describeIssues(issues)}`);
}

async function byStandard(schema, input) {
  const result = await schema["~standard"].validate(input);
  if (result.issues) throw refuse(result.issues);
  return result.value;
}

async function byZod(schema, input) {
  const result = await schema.safeParseAsync(input);
  if (!result.success) throw refuse(result.error.issues ?? []);
  return result.data;
}

async function byAiSdk(schema, input) {
  const result = await schema.validate(input);
  if (result.success) return result.value;
  const issues = result.error?.issues ?? result.error?.cause?.issues;
  throw refuse(Array.isArray(issues) ? issues : [{ message: `${result.error?.message ?? result.error}` }]);
}

/** The input that `execute` gets; throws INVALID_INPUT. A tool without a schema gets it as it is. */
export async function readInput(tool, input) {
  const schema = schemaOf(tool);
  if (schema === undefined) return input;
  if (schema[SCHEMA] && typeof schema.validate === "function") return byAiSdk(schema, input);
  if (typeof read(read(schema, "~standard"), "validate") === "function") return byStandard(schema, input);
  if (typeof read(schema, "safeParseAsync") === "function") return byZod(schema, input);
  return input;
}
