// What zod itself says: reads {dialect, before, schemas: [expression], inputs: [json]} on standard
// input, writes [{schema | error, accepted: "0110..."}] on standard output. Each expression is of an
// object schema; `accepted` has a digit for each input, "-" where zod throws.
import * as classic from "zod";
import * as mini from "zod/mini";
import { z as three } from "zod3";
import { zodToJsonSchema } from "zod-to-json-schema";

// What zod refuses by default and Caisson shows with a diagnostic; the rest stays refused.
const SHOWN = {
  date: { type: "string", format: "date-time" },
  bigint: { type: "integer" },
  custom: {},
  transform: {},
};

function unrepresentable({ zodSchema, message }) {
  const { def } = zodSchema._zod;
  const isClass = zodSchema._zod.traits.has("ZodInstanceOf");
  if (def.type === "literal") return "any";
  return (isClass ? undefined : SHOWN[def.type]) ?? "throw";
}

const four = (schema) =>
  classic.toJSONSchema(schema, { io: "input", target: "draft-2020-12", unrepresentable });

// Written out in full, since references into nested intersections, which the converter joins, lead
// elsewhere. Only a recursive schema, of which it warns, is written with references.
function old(schema) {
  const written = ($refStrategy) =>
    zodToJsonSchema(schema, {
      $refStrategy,
      pipeStrategy: "input",
      removeAdditionalStrategy: "strict",
    });
  let isRecursive = false;
  console.warn = (words) => (isRecursive ||= words.startsWith("Recursive reference"));
  const whole = written("none");
  return isRecursive ? written("root") : whole;
}

const DIALECTS = { classic: [classic.z, four], mini: [mini, four], three: [three, old] };

function verdict(schema, input) {
  try {
    return schema.safeParse(input).success ? "1" : "0";
  } catch {
    return "-";
  }
}

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { dialect, before, schemas, inputs } = JSON.parse(text);
const [z, convert] = DIALECTS[dialect];
const make = new Function("z", `${before}\nreturn [${schemas.map((s) => `() => (${s})`).join(",\n")}];`);
console.warn = () => {};
const found = make(z).map((thunk) => {
  let schema;
  try {
    schema = thunk();
  } catch (error) {
    return { error: `makes no schema: ${error.message}` };
  }
  const accepted = inputs.map((input) => verdict(schema, input)).join("");
  try {
    return { schema: convert(schema), accepted };
  } catch (error) {
    return { error: error.message, accepted };
  }
});
process.stdout.write(JSON.stringify(found));
