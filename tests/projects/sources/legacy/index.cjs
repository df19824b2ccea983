// An older project in CommonJS: request, callbacks, and optional packages that are not there.
const util = require("util");
const request = require("request");
const { ToolLoopAgent, jsonSchema, tool } = require("ai");

let fast;
try {
  fast = require("fast-thing-that-nobody-has");
} catch (error) {
  fast = { name: error.code };
}

const base = `${process.env.API_URL}/legacy`;
const inputSchema = (properties) => jsonSchema({ type: "object", properties });

const submit = tool({
  description: "Submits a form",
  inputSchema: inputSchema({ name: { type: "string" } }),
  execute: ({ name }) =>
    new Promise((resolve, reject) => {
      const options = { url: `${base}/form`, form: { name, note: "a & b" }, headers: { "X-Key": process.env.API_KEY } };
      request.post(options, (error, response, body) => {
        if (error) reject(error);
        else resolve({ status: response.statusCode, body: JSON.parse(body) });
      });
    }),
});
const read = tool({
  description: "Reads JSON",
  inputSchema: inputSchema({ page: { type: "number" } }),
  execute: async ({ page }) => {
    const get = util.promisify(request.get);
    const response = await get({ url: `${base}/read`, qs: { page }, json: true, auth: { user: "u", pass: "p" } });
    return { status: response.statusCode, path: response.body.path };
  },
});
const optional = tool({
  description: "Which package is there",
  inputSchema: inputSchema({}),
  execute: async () => ({ fast: fast.name, inspected: util.inspect({ a: [1, new Map([["k", new Set([2])]])] }, { depth: 4 }) }),
});

exports.agent = new ToolLoopAgent({ model: "openai/gpt-5-mini", tools: { submit, read, optional } });
