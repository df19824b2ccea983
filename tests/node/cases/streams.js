// Events, streams and what is built on them.
const events = require("node:events");
const stream = require("node:stream");
const { pipeline } = require("node:stream/promises");
const consumers = require("node:stream/consumers");
const readline = require("node:readline");
const { EventEmitter } = events;
const { Readable, Writable, Transform, Duplex, PassThrough } = stream;

const letters = (...pieces) => Readable.from(pieces.map((each) => Buffer.from(each)));

module.exports = {
  on: async () => { const e = new EventEmitter(); setTimeout(() => { e.emit("x", 1, 2); e.emit("x", 3); }, 1); const got = []; for await (const args of events.on(e, "x")) { got.push(args); if (got.length > 1) break; } return [got, e.listenerCount("x")]; },
  onError: async () => { const e = new EventEmitter(); setTimeout(() => e.emit("error", new RangeError("no")), 1); for await (const _ of events.on(e, "x")); },
  onClose: async () => { const e = new EventEmitter(); setTimeout(() => { e.emit("x", 1); e.emit("end"); }, 1); const got = []; for await (const [v] of events.on(e, "x", { close: ["end"] })) got.push(v); return got; },
  onAbort: async () => { const c = new AbortController(); setTimeout(() => c.abort(), 1); for await (const _ of events.on(new EventEmitter(), "x", { signal: c.signal })); },
  once: async () => { const e = new EventEmitter(); setTimeout(() => e.emit("x", 1, 2), 1); return events.once(e, "x"); },
  onceError: async () => { const e = new EventEmitter(); setTimeout(() => e.emit("error", new TypeError("no")), 1); await events.once(e, "x"); },
  onceTarget: async () => { const t = new EventTarget(); setTimeout(() => t.dispatchEvent(new Event("x")), 1); return (await events.once(t, "x"))[0].type; },
  onceAborted: () => events.once(new EventEmitter(), "x", { signal: AbortSignal.abort() }),
  monitor: () => { const e = new EventEmitter(); const got = []; e.on(events.errorMonitor, (x) => got.push(["monitor", x.message])); e.on("error", (x) => got.push(["error", x.message])); e.emit("error", new Error("m")); return got; },
  statics: () => { const e = new EventEmitter(); e.on("x", () => {}); events.setMaxListeners(5, e); return [events.getEventListeners(e, "x").length, events.listenerCount(e, "x"), events.getMaxListeners(e), events.defaultMaxListeners, events === EventEmitter, typeof events.addAbortListener(new AbortController().signal, () => {})]; },
  emitterMethods: () => { const e = new EventEmitter(); const got = []; e.prependListener("x", () => got.push("first")); e.once("x", () => got.push("once")); e.on("x", () => got.push("on")); e.emit("x"); e.emit("x"); return [got, e.eventNames(), e.rawListeners("x").length, e.off("x", () => {}) === e]; },
  unhandled: () => new EventEmitter().emit("error", new RangeError("x")),
  unhandledText: () => new EventEmitter().emit("error", "text"),

  fromWeb: async () => { let s = ""; for await (const c of Readable.fromWeb(new Response("hi there").body)) s += Buffer.from(c); return s; },
  fromWebEncoding: async () => consumers.text(Readable.fromWeb(new Blob(["é"]).stream(), { encoding: "utf8" })),
  fromWebObjects: async () => { const web = new ReadableStream({ start(c) { c.enqueue({ a: 1 }); c.enqueue([2]); c.close(); } }); const got = []; for await (const each of Readable.fromWeb(web, { objectMode: true })) got.push(each); return got; },
  fromWebError: async () => { for await (const _ of Readable.fromWeb(new ReadableStream({ pull(c) { c.error(new RangeError("broken")); } }))); },
  fromWebCancel: async () => { let reason; const web = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(3)); }, cancel(r) { reason = `${r}`; } }); const node = Readable.fromWeb(web); for await (const _ of node) break; await new Promise((r) => setTimeout(r, 2)); return [node.destroyed, reason]; },
  fromWebNothing: () => Readable.fromWeb({}),
  toWeb: async () => new Response(Readable.toWeb(letters("a", "bc"))).text(),
  toWebObjects: async () => { const got = []; for await (const each of Readable.toWeb(Readable.from([1, { a: 2 }]))) got.push(each); return got; },
  toWebError: async () => { const node = new Readable({ read() { this.destroy(new RangeError("x")); } }); node.on("error", () => {}); for await (const _ of Readable.toWeb(node)); },
  toWebCancel: async () => { const node = new Readable({ read() { this.push("x"); } }); node.on("error", () => {}); const reader = Readable.toWeb(node).getReader(); await reader.read(); await reader.cancel(); return node.destroyed; },
  writableFromWeb: async () => { const got = []; const node = Writable.fromWeb(new WritableStream({ write(c) { got.push(`${Buffer.from(c)}`); }, close() { got.push("closed"); } })); await pipeline(letters("a", "b"), node); return got; },
  writableToWeb: async () => { const got = []; const node = new Writable({ write(c, e, done) { got.push(`${c}`); setTimeout(done, 1); }, final(done) { got.push("final"); done(); } }); const writer = Writable.toWeb(node).getWriter(); await writer.write("a"); await writer.write(Buffer.from("b")); await writer.close(); return got; },
  duplexBoth: async () => { const { readable, writable } = Duplex.toWeb(new PassThrough()); const writer = writable.getWriter(); writer.write(Buffer.from("x")); writer.close(); const back = Duplex.fromWeb(new TransformStream({ transform(c, k) { k.enqueue(Buffer.from(`${Buffer.from(c)}!`)); } })); back.end("y"); return [await new Response(readable).text(), await consumers.text(back)]; },
  consumers: async () => [await consumers.text(letters("a", "é".slice(0))), await consumers.json(letters('{"a"', ":1}")), (await consumers.buffer(letters("ab"))).toString(), (await consumers.arrayBuffer(letters("abc"))).byteLength, (await consumers.blob(letters("abcd"))).size, [...(await consumers.bytes(letters("a")))], await consumers.text(new Response("web").body)],
  consumersWrong: () => consumers.json(letters("{")),
  pipelines: async () => { const out = []; await pipeline(letters("a", "b"), new Transform({ transform: (c, e, done) => done(null, `${c}`.toUpperCase()) }), async function* (source) { for await (const c of source) yield `${c}!`; }, new Writable({ write(c, e, done) { out.push(`${c}`); done(); } })); return out; },
  pipelineError: () => pipeline(letters("a"), new Transform({ transform: (c, e, done) => done(new RangeError("x")) }), new PassThrough()),
  pipelineCallback: () => new Promise((resolve) => stream.pipeline(letters("a"), new PassThrough(), (error) => resolve(error ?? "done")).resume()),
  finished: async () => { const s = letters("a"); s.resume(); await require("node:stream/promises").finished(s); return s.readableEnded; },
  operators: async () => [await Readable.from([1, 2, 3, 4]).filter((x) => x % 2).map((x) => x * 10).toArray(), await Readable.from([1, 2, 3]).reduce((a, b) => a + b), await Readable.from([1, 2]).take(1).toArray(), await Readable.from([1, 2]).some((x) => x > 1)],
  duplexPair: async () => { const [a, b] = stream.duplexPair(); a.write("x"); a.end(); return [await consumers.text(b), a instanceof Duplex]; },
  classes: () => [stream === stream.Stream, new PassThrough() instanceof stream, stream.Readable.prototype instanceof EventEmitter, typeof stream.addAbortSignal, stream.getDefaultHighWaterMark(false), stream.isReadable(letters("a")), Object.keys(stream.promises)],
  decoding: async () => { const s = letters("h", "\xe9"); s.setEncoding("utf8"); return consumers.text(s); },

  lines: async () => { const got = []; for await (const line of readline.createInterface({ input: letters("a\nb", "c\r", "\nd\n", "e"), crlfDelay: Infinity })) got.push(line); return got; },
  lineEvents: () => new Promise((resolve) => { const got = []; readline.createInterface({ input: letters("x\ny") }).on("line", (l) => got.push(l)).on("close", () => resolve(got)); }),
  question: async () => { const input = new PassThrough(), output = new PassThrough(); const rl = require("node:readline/promises").createInterface({ input, output }); const asked = rl.question("name? "); input.write("Ada\n"); const answer = await asked; rl.close(); return [answer, output.read().toString(), rl.closed]; },
  captures: async () => {
    const got = [];
    const told = (name) => (error, type, ...args) => got.push([name, error.message, type, args]);
    const fails = async (n) => { throw new Error(`no ${n}`); };
    const on = new EventEmitter({ captureRejections: true });
    on.on("error", told("error")).on("a", fails).once("a", fails);
    const heard = [on.emit("a", 1), on.emit("a", 2), on.emit("none"), on.listenerCount("a")];
    class Own extends EventEmitter { [Symbol.for("nodejs.rejection")](...all) { told("own")(...all); } }
    new Own({ captureRejections: true }).on("b", fails).emit("b", 3, 4);
    new EventEmitter({ captureRejections: false }).on("c", () => ({ then: () => got.push("asked") })).emit("c");
    await new Promise((resolve) => setTimeout(resolve, 5));
    return [heard, got, events.length, events.name, Object.keys(on).includes("captureRejections"), events.defaultMaxListeners];
  },
  capturesNothing: () => new EventEmitter({ captureRejections: 1 }),
  emitterCalled: () => { function Old() { EventEmitter.call(this); } Old.prototype = Object.create(EventEmitter.prototype); const old = new Old(); let seen; old.on("x", (v) => (seen = v)); old.emit("x", 4); return [seen, old instanceof EventEmitter, new Readable() instanceof EventEmitter, EventEmitter.prototype.constructor === EventEmitter]; },
  questionCallback: () => new Promise((resolve) => { const input = new PassThrough(); const rl = readline.createInterface(input); rl.question("?", (answer) => { rl.close(); resolve(answer); }); input.write("yes\nno\n"); }),
  questionClosed: async () => { const rl = require("node:readline/promises").createInterface({ input: new PassThrough() }); rl.close(); await rl.question("?"); },
  cursor: () => { const out = new PassThrough(); readline.cursorTo(out, 1, 2); readline.moveCursor(out, -1, 3); readline.clearLine(out, 0); readline.clearScreenDown(out); return out.read().toString(); },

  zlibAll: async () => { const z = require("node:zlib"); const p = require("node:util").promisify; const text = "hello ".repeat(30); return [z.gunzipSync(z.gzipSync(text)).toString() === text, z.inflateRawSync(z.deflateRawSync(text)).length, (await p(z.brotliDecompress)(await p(z.brotliCompress)(text))).toString() === text, z.zstdDecompressSync(z.zstdCompressSync(text)).toString() === text, z.crc32("abc")]; },
  brotliReal: () => { const z = require("node:zlib"); return KEYS.compressed.map(([kind, data]) => z[kind](Buffer.from(data, "base64")).toString()); },
  brotliWrong: () => { try { require("node:zlib").brotliDecompressSync("xxxx"); } catch (e) { return e.code.startsWith("ERR_"); } },
  zstdWrong: () => require("node:zlib").zstdDecompressSync("xxxx"),
  gzipWrong: () => require("node:zlib").gunzipSync("xxxx"),
  zlibShort: () => require("node:zlib").inflateSync(require("node:zlib").deflateSync("hello").subarray(0, 6)),
  zlibStreams: async () => { const z = require("node:zlib"); return [await consumers.text(letters("a", "b").pipe(z.createGzip()).pipe(z.createGunzip())), await consumers.text(letters("a", "b").pipe(z.createBrotliCompress()).pipe(z.createBrotliDecompress())), z.createGzip() instanceof z.Gzip, z.constants.BROTLI_PARAM_QUALITY, z.codes.Z_OK]; },
};
