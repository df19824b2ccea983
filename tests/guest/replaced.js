// Every method and accessor of the language's built-ins, each replaced by one that throws; and works of what
// Node and the Web give, that must go on.
const { AsyncLocalStorage } = require("node:async_hooks");
const { Buffer } = require("node:buffer");
const { EventEmitter } = require("node:events");
const { createHash } = require("node:crypto");
const { getPrototypeOf, getOwnPropertyDescriptor, defineProperty } = Object;

const NAMED = "Object Function Array String Number Boolean Symbol BigInt Date RegExp Map Set WeakMap WeakSet WeakRef Promise ArrayBuffer DataView Uint8Array Float64Array Iterator FinalizationRegistry".split(" ");
const HIDDEN = {
  TypedArray: getPrototypeOf(Uint8Array),
  "TypedArray.prototype": getPrototypeOf(Uint8Array.prototype),
  "Error.prototype": Error.prototype,
  ArrayIterator: getPrototypeOf([].values()),
  MapIterator: getPrototypeOf(new Map().values()),
  SetIterator: getPrototypeOf(new Set().values()),
  StringIterator: getPrototypeOf(""[Symbol.iterator]()),
  RegExpStringIterator: getPrototypeOf("".matchAll(/a/g)),
  Generator: getPrototypeOf(getPrototypeOf((function* () {})())),
  AsyncGenerator: getPrototypeOf(getPrototypeOf((async function* () {})())),
};
const HOLDERS = [
  ...NAMED.flatMap((name) => [[name, globalThis[name]], [`${name}.prototype`, globalThis[name].prototype]]),
  ...["JSON", "Math", "Reflect"].map((name) => [name, globalThis[name]]),
  ...Object.entries(HIDDEN),
];
const throwing = (name, isAccessor) => {
  const fail = () => { throw new Error(`replaced ${name}`); };
  return Object.assign(Object.create(null), isAccessor ? { get: fail } : { value: fail, writable: true }, { configurable: true });
};
const MEMBERS = new Map();
for (const [name, holder] of HOLDERS) {
  for (const key of Reflect.ownKeys(holder)) {
    const { configurable, value, get } = getOwnPropertyDescriptor(holder, key);
    const member = `${name}.${String(key)}`;
    if (!configurable || key === "constructor" || !(typeof value === "function" || get)) continue;
    MEMBERS.set(member, { holder, key, bad: throwing(member, get !== undefined) });
  }
}

const { fetch: ask, setTimeout: later, URL, Headers, TextEncoder, TextDecoder, ReadableStream } = globalThis;
const storage = new AsyncLocalStorage();
const WORKS = {
  text: async (url) => { const got = await ask(url); return `${got.status} ${await got.text()}`; },
  json: async (url) => `${(await (await ask(url)).json()).ok}`,
  posted: async (url) => {
    const got = await ask(url, { method: "POST", headers: { "x-a": "1" }, body: "hello" });
    return `${got.status} ${got.headers.get("x-b")}`;
  },
  storage: () => storage.run("s", async () => { await null; return storage.getStore(); }),
  stream: async () => {
    const reader = new ReadableStream({ start(to) { to.enqueue("a"); to.close(); } }).getReader();
    return `${(await reader.read()).value}${(await reader.read()).done}`;
  },
  buffer: () => Buffer.concat([Buffer.from("h\u00e9"), Buffer.from("llo")]).toString("base64"),
  url: () => { const url = new URL("/b?c=1&d=2#e", "https://a.example"); return url.href + url.searchParams.get("d"); },
  headers: () => { const headers = new Headers({ "X-A": "1" }); headers.append("x-a", "2"); return headers.get("x-a"); },
  text8: () => new TextDecoder().decode(new TextEncoder().encode("h\u00e9")),
  events: () => { const to = new EventEmitter(); let got = ""; to.once("a", (x) => { got += x; }); to.emit("a", "1"); to.emit("a", "2"); return got; },
  digest: () => createHash("sha256").update("a").digest("hex").length + "",
  timer: async () => { await new Promise((done) => later(done, 1)); return "late"; },
};
// A failure is a text: the means to make an error may be what is replaced.
async function tried(member, work, url) {
  try {
    const { holder, key, bad } = MEMBERS.get(member);
    defineProperty(holder, key, bad);
  } catch {
    return "failed";
  }
  try {
    return await WORKS[work](url);
  } catch {
    return "failed";
  }
}
