// Prints what zod says the JSON Schemas of `schemas.ts` are.
import { z } from "zod";
import { schemas } from "./schemas";

const entries = Object.entries(schemas).map(([name, schema]) => [
  name,
  z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" }),
]);
console.log(JSON.stringify(Object.fromEntries(entries)));
