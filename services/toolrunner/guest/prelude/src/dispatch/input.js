// The input as parsed by the tool's own schema: checked, with defaults and transforms applied.
import { question } from "../frameworks/index.js";
import { refuseInput } from "./issues.js";
import { isHolder, read } from "./names.js";

const inputReaderOf = question("inputReaderOf");

/** The input schema that a tool declares, or undefined. */
export function schemaOf(tool) {
  let schema = read(tool, "inputSchema") ?? read(tool, "parameters") ?? read(tool, "schema");
  const isLazy = typeof schema === "function" && !read(schema, "~standard") && !read(schema, "safeParse");
  if (isLazy) schema = schema();
  return isHolder(schema) ? schema : undefined;
}

async function byStandard(schema, input) {
  const result = await schema["~standard"].validate(input);
  if (result.issues) throw refuseInput(result.issues);
  return result.value;
}

async function byZod(schema, input) {
  const result = await schema.safeParseAsync(input);
  if (!result.success) throw refuseInput(result.error.issues ?? []);
  return result.data;
}

/** The input for `execute`; throws INVALID_INPUT. A tool without a schema gets it unchanged. */
export async function readInput(tool, input) {
  const schema = schemaOf(tool);
  if (schema === undefined) return input;
  const readOwn = inputReaderOf(schema);
  if (readOwn !== undefined) return readOwn(schema, input);
  if (typeof read(read(schema, "~standard"), "validate") === "function") return byStandard(schema, input);
  if (typeof read(schema, "safeParseAsync") === "function") return byZod(schema, input);
  return input;
}
