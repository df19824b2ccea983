// The schema of a tool's input, for a caller that could not read it: converted by the bundle's own
// code as `{jsonSchema}`, or for zod without a conversion, its definition as `{zod}`; with `parses: true` where
// the schema parses inputs itself.
import { toolNotFound } from "../core/errors.js";
import { ofEach } from "../frameworks/index.js";
import { schemaOf } from "./declared-schema.js";
import { parses } from "./input.js";
import { isHolder, isMethod, isObject, read } from "./names.js";
import { definitionOf, isZod } from "./zod-definition.js";

const TARGET = "draft-2020-12";
const KEYWORDS = ["type", "properties", "anyOf", "oneOf", "allOf", "$ref", "enum", "const"];

const OWN_FORMS = ofEach("jsonSchemaOf");

async function written(schema) {
  for (const jsonSchemaOf of OWN_FORMS) {
    const own = await jsonSchemaOf(schema);
    if (isObject(own)) return own;
  }
  const standard = read(read(schema, "~standard"), "jsonSchema");
  if (isMethod(standard, "input")) return standard.input({ target: TARGET });
  if (isMethod(schema, "toJSONSchema")) return schema.toJSONSchema({ io: "input", target: TARGET });
  return KEYWORDS.some((key) => read(schema, key) !== undefined) ? schema : undefined;
}

// zod's own conversion refuses dates and similar types, and may be missing from the bundle.
function ofZod(schema) {
  if (isMethod(schema, "toJSONSchema")) {
    try {
      return { jsonSchema: schema.toJSONSchema({ io: "input", target: TARGET }) };
    } catch {
      // Its definition has more detail.
    }
  }
  return { zod: definitionOf(schema) };
}

/** The schema of a tool's input; throws when it has none that can be described. */
export async function describeTool(tool) {
  const schema = schemaOf(tool);
  if (!isHolder(schema)) throw toolNotFound("the tool has no input schema");
  if (isZod(schema)) return { ...ofZod(schema), parses: true };
  const jsonSchema = await written(schema);
  if (jsonSchema !== undefined) return parses(schema) ? { jsonSchema, parses: true } : { jsonSchema };
  throw toolNotFound(
    "the tool's schema is of no kind that is known: it is no zod schema, no JSON Schema and no " +
      "Standard JSON Schema",
  );
}
