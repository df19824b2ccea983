// The JSON Schema of a schema's input side, in the words of zod itself (zod 4) or of the
// conversion that the frameworks use (zod 3).
import { z } from "zod";

const forZod3 = async () => (await import("zod-to-json-schema")).zodToJsonSchema;
const zodToJsonSchema = z.toJSONSchema ? undefined : await forZod3();

export function jsonSchemaOf(schema) {
  if (zodToJsonSchema === undefined) return z.toJSONSchema(schema, { io: "input" });
  return zodToJsonSchema(schema, {
    target: "jsonSchema7",
    $refStrategy: "none",
    effectStrategy: "input",
    pipeStrategy: "input",
    removeAdditionalStrategy: "strict",
  });
}

export async function parse(schema, value) {
  const { success, data } = await schema.safeParseAsync(value);
  return { success, value: data };
}
