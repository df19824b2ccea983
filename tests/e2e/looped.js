// A bundle whose schemas are made by loops and worse, so that reading it does not tell them.
import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";

function fields(names) {
  const shape = {};
  for (const name of names) shape[name] = z.number().int().min(1).describe(`the ${name}`);
  return shape;
}

function nested(levels) {
  let schema = z.string();
  for (let i = 0; i < levels; i++) schema = z.array(schema);
  return z.object({ deep: schema });
}

function cyclic() {
  const schema = { type: "object", properties: {} };
  for (const key of ["self"]) schema.properties[key] = schema;
  return schema;
}

function huge() {
  const properties = {};
  for (let i = 0; i < 40000; i++) properties[`property_number_${i}`] = { type: "string" };
  return { type: "object", properties };
}

function polluted() {
  const shape = {};
  for (const key of ["ok"]) shape[key] = z.string();
  Object.defineProperty(shape, "__proto__", { value: z.string(), enumerable: true });
  return z.object(shape);
}

function made(value) {
  for (const one of [value]) return one;
}

const product = (input) => Object.values(input).reduce((a, b) => a * b, 1);
const tool = (inputSchema, execute = () => "ran") =>
  createTool({ description: "d", inputSchema, execute });

const tools = {
  volume: createTool({
    description: "Multiply the sides",
    inputSchema: z.object({ ...fields(["width", "height", "depth"]), unit: z.string().default("m") }),
    execute: ({ unit, ...sides }) => `${product(sides)} ${unit}3`,
  }),
  dated: tool(made(z.object({ at: z.date().optional(), on: z.iso.date() }))),
  plain: tool(made({ type: "object", properties: { pair: { type: "array", items: [{ type: "string" }] } } })),
  polluted: tool(polluted()),
  fine: tool(z.object({ q: z.string() })),
  endless: createTool({
    description: "d",
    get inputSchema() {
      for (;;);
    },
    execute: () => "ran",
  }),
  huge: tool(huge()),
  cyclic: tool(cyclic()),
  deep: tool(nested(400)),
  text: tool(made("not a schema")),
  list: tool(made({ type: "object", properties: 5 })),
  scalar: tool(made(z.string())),
  thrower: tool(made({ get type() { throw new RangeError("no schema today"); }, toJSONSchema() { throw new RangeError("no"); } })),
};

export default createLightfast({
  agents: { maker: createAgent({ name: "maker", model: "openai/gpt-5", system: "s", tools }) },
});
