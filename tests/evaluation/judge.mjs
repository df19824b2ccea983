// Evaluates each text of the JSON list on stdin and prints what comes out, one JSON line a text.
import { readFileSync } from "node:fs";

function shown(value, depth = 0) {
  if (value === undefined) return ["undefined"];
  if (value === null) return ["null"];
  if (depth > 40) return ["deep"];
  switch (typeof value) {
    case "number":
      return ["number", Object.is(value, -0) ? "-0" : String(value)];
    case "bigint":
      return ["bigint", String(value)];
    case "boolean":
      return ["boolean", value];
    case "string":
      return ["string", value];
    case "function":
      return ["function"];
    default:
  }
  if (Array.isArray(value)) {
    return ["array", Array.from(value, (item) => shown(item, depth + 1))];
  }
  return ["object", Object.keys(value).map((key) => [key, shown(value[key], depth + 1)])];
}

for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  let result;
  try {
    result = shown(new Function(`return (${text})`)());
  } catch (error) {
    result = ["thrown", String(error)];
  }
  console.log(JSON.stringify(result));
}
