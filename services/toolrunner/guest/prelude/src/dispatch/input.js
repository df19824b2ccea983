// The input as parsed by the tool's own schema: checked, with defaults and transforms applied.
import { question } from "../frameworks/index.js";
import { unwrapped } from "./declared-schema.js";
import { refuseInput } from "./issues.js";
import { read } from "./names.js";

const validatorOf = question("validatorOf");

async function byZod(schema, value) {
  const result = await schema.safeParseAsync(value);
  return result.success ? { value: result.data } : { issues: result.error.issues ?? [] };
}

/** Whether a schema parses values, and does not only describe them. */
export const parses = (schema) =>
  validatorOf(schema) !== undefined || typeof read(read(schema, "~standard"), "validate") === "function" ||
  typeof read(schema, "safeParseAsync") === "function";

// `{value}` or `{issues}`, or a promise of it; undefined for a schema that only describes, such as a
// JSON Schema.
function validated(schema, value) {
  const own = validatorOf(schema);
  if (own !== undefined) return own(schema, value);
  const standard = read(schema, "~standard");
  if (typeof read(standard, "validate") === "function") return standard.validate(value);
  return typeof read(schema, "safeParseAsync") === "function" ? byZod(schema, value) : undefined;
}

function valueIn(result, refuse) {
  if (result.issues) throw refuse(result.issues);
  return { __proto__: null, value: result.value };
}

/**
 * `{value}` as a schema reads it, or a promise of that where the schema is not synchronous; throws, or
 * rejects with, `refuse(issues)`. A schema that only describes leaves a value as it is.
 */
export function parsed(given, value, refuse = refuseInput) {
  const schema = unwrapped(given);
  const result = schema === undefined ? undefined : validated(schema, value);
  if (result === undefined) return { __proto__: null, value };
  if (typeof result.then === "function") return result.then((later) => valueIn(later, refuse));
  return valueIn(result, refuse);
}
