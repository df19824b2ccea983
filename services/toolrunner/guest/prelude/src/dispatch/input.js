// The input as parsed by the tool's own schema: checked, with defaults and transforms applied.
import { question } from "../frameworks/index.js";
import { refuseInput } from "./issues.js";
import { isHolder, read } from "./names.js";

const validatorOf = question("validatorOf");

/** A schema that may be wrapped in a function; undefined for what is none. */
export function unwrapped(given) {
  const isLazy = typeof given === "function" && !read(given, "~standard") && !read(given, "safeParse");
  const schema = isLazy ? given() : given;
  return isHolder(schema) ? schema : undefined;
}

/** The input schema that a tool declares, or undefined. */
export const schemaOf = (tool) =>
  unwrapped(read(tool, "inputSchema") ?? read(tool, "parameters") ?? read(tool, "schema"));

/**
 * What a schema makes of a value, or a promise of it: `{value}`, or `{issues}`. Undefined for a schema that
 * only describes, such as a JSON Schema.
 */
export function validated(schema, value) {
  const own = validatorOf(schema);
  if (own !== undefined) return own(schema, value);
  const standard = read(schema, "~standard");
  if (typeof read(standard, "validate") === "function") return standard.validate(value);
  return typeof read(schema, "safeParseAsync") === "function" ? byZod(schema, value) : undefined;
}

async function byZod(schema, value) {
  const result = await schema.safeParseAsync(value);
  return result.success ? { value: result.data } : { issues: result.error.issues ?? [] };
}

/** A value as a schema reads it; throws `refuse(issues)`. A schema that only describes leaves it as it is. */
export async function parsed(given, value, refuse = refuseInput) {
  const schema = unwrapped(given);
  const result = schema === undefined ? undefined : await validated(schema, value);
  if (result === undefined) return value;
  if (result.issues) throw refuse(result.issues);
  return result.value;
}

/** The input for `execute`; throws INVALID_INPUT. A tool without a schema gets it unchanged. */
export async function readInput(tool, input) {
  const schema = schemaOf(tool);
  return schema === undefined ? input : parsed(schema, input);
}
