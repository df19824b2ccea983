// Runs one table of cases, the same text in Node and in the guest. A table calls
// `test(label, run)` for each case, or `each(list, label, run)`; the results come back by label, in
// a form that JSON keeps.
const caisson = { cases: new Map() };
const test = (label, run) => {
  if (caisson.cases.has(label)) throw new Error(`two cases are called ${label}`);
  caisson.cases.set(label, run);
};
const each = (list, label, run) => {
  for (const item of list) test(`${label} ${JSON.stringify(item)}`, () => run(item));
};
const text = (bytes) => new TextDecoder().decode(bytes);
const utf8 = (string) => new TextEncoder().encode(string);
const hex = (bytes) => [...new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

caisson.plain = (value, depth = 0) => {
  if (value === undefined) return { is: "undefined" };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { is: "number", value: Object.is(value, -0) ? "-0" : `${value}` };
  }
  if (typeof value === "bigint") return { is: "bigint", value: `${value}` };
  if (typeof value === "symbol") return { is: "symbol", value: String(value) };
  if (typeof value === "string") return value.isWellFormed() ? value : { is: "string", units: Array.from(value, (c) => c.charCodeAt(0)) };
  if (typeof value === "function") return { is: "function" };
  if (typeof value !== "object" || value === null) return value;
  if (depth > 6) return { is: "deep" };
  if (value instanceof Error) return { is: "error", name: value.name };
  if (value instanceof Date) return { is: "date", value: Number.isNaN(value.getTime()) ? "invalid" : value.toISOString() };
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return { is: value.constructor.name, value: hex(value) };
  if (value instanceof Map) return { is: "map", value: [...value].map((pair) => caisson.plain(pair, depth + 1)) };
  if (value instanceof Set) return { is: "set", value: [...value].map((item) => caisson.plain(item, depth + 1)) };
  if (Array.isArray(value)) return Array.from(value, (item) => caisson.plain(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, caisson.plain(item, depth + 1)]));
};

caisson.run = async () => {
  const results = {};
  for (const [label, run] of caisson.cases) {
    try {
      results[label] = caisson.plain(await run());
    } catch (error) {
      const code = typeof error?.code === "string" && !/^ERR_/.test(error.code) ? error.code : undefined;
      results[label] = { threw: error instanceof Error ? error.name : caisson.plain(error), code };
    }
  }
  return results;
};
