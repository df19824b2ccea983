// Buffer, process and the shims of Node's modules.
const ENCODINGS = ["utf8", "utf-8", "hex", "base64", "base64url", "latin1", "binary", "ascii", "utf16le", "ucs2"];
for (const encoding of ENCODINGS) {
  each(["h\u00e9llo", "00ff", "_-+/=", "", "\ud83d\ude00"], `Buffer ${encoding}`, (string) => { const buffer = Buffer.from(string, encoding); return [buffer.toString("hex"), buffer.toString(encoding), Buffer.byteLength(string, encoding)]; });
}
each(["utf8", "UTF-8", "base64url", "nope", "", null], "Buffer.isEncoding", (encoding) => Buffer.isEncoding(encoding));
test("Buffer.from nope", () => Buffer.from("x", "nope"));
test("Buffer.from kinds", () => [Buffer.from([1, 256, -1]), Buffer.from(new Uint8Array([1])), Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1, 1), Buffer.from({ type: "Buffer", data: [1] }), Buffer.from(Buffer.from("x")), Buffer.from(new String("s"))].map((b) => b.toString("hex")));
each([1, null, undefined, {}], "Buffer.from refuses", (value) => Buffer.from(value));
test("Buffer.alloc", () => [Buffer.alloc(3), Buffer.alloc(3, 1), Buffer.alloc(5, "ab"), Buffer.alloc(2, "YQ==", "base64")].map((b) => b.toString("hex")));
test("Buffer.concat", () => [Buffer.concat([Buffer.from("a"), Buffer.from("bc")]), Buffer.concat([Buffer.from("abc")], 2), Buffer.concat([], 2)].map((b) => b.toString("hex")));
test("Buffer.compare", () => [Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.from("a").equals(Buffer.from("a")), Buffer.from("b").compare(Buffer.from("a"))]);
test("Buffer.isBuffer", () => [Buffer.isBuffer(Buffer.alloc(1)), Buffer.isBuffer(new Uint8Array(1))]);
test("Buffer slices share", () => { const buffer = Buffer.from("abc"); buffer.subarray(1)[0] = 120; buffer.slice(2)[0] = 121; return buffer.toString(); });
test("Buffer searching", () => { const b = Buffer.from("hello hello"); return [b.indexOf("lo"), b.lastIndexOf("lo"), b.includes("ell"), b.indexOf("x"), b.indexOf(101), b.indexOf("l", 4), b.indexOf(Buffer.from("he"), 1)]; });
test("Buffer numbers", () => { const b = Buffer.alloc(32); b.writeUInt8(255, 0); b.writeInt16LE(-2, 1); b.writeUInt32BE(4e9, 3); b.writeDoubleLE(1.5, 8); b.writeBigUInt64BE(5n, 16); b.writeFloatBE(0.5, 24); b.writeIntBE(-3, 28, 3); return [b.toString("hex"), b.readUInt8(0), b.readInt16LE(1), b.readUInt32BE(3), b.readDoubleLE(8), b.readBigUInt64BE(16), b.readFloatBE(24), b.readIntBE(28, 3)]; });
test("Buffer read out of range", () => Buffer.alloc(1).readUInt32LE(0));
test("Buffer write", () => { const b = Buffer.alloc(6); return [b.write("abc"), b.write("z", 4), b.write("6869", 1, "hex"), b.toString("latin1")]; });
test("Buffer fill", () => [Buffer.alloc(4).fill("ab").toString(), Buffer.alloc(4).fill(7, 1, 3).toString("hex")]);
test("Buffer JSON", () => JSON.stringify(Buffer.from("a")));
test("Buffer swap", () => [Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32()].map((b) => b.toString("hex")));
test("Buffer copy", () => { const to = Buffer.alloc(3); return [Buffer.from("abcd").copy(to, 1), to.toString()]; });
test("Buffer is bytes", () => [Buffer.from("a") instanceof Uint8Array, Buffer.from("ab").toString("utf8", 1), [...Buffer.from("ab").entries()]]);
test("Buffer text of bad bytes", () => Buffer.from([0xff, 0x61, 0xc3]).toString());
test("buffer module", () => { const buffer = require("buffer"); return [buffer.Buffer === Buffer, typeof buffer.Blob, typeof buffer.constants.MAX_LENGTH, buffer.isUtf8?.(Buffer.from("\u00fc")), buffer.isAscii?.(Buffer.from("a"))]; });

test("process", () => [typeof process.env, process.platform, typeof process.version, typeof process.versions.node, process.argv.length >= 1, typeof process.cwd(), typeof process.pid, Array.isArray(process.hrtime()), typeof process.hrtime.bigint(), typeof process.uptime(), typeof process.memoryUsage().heapUsed, process.exitCode, typeof process.nextTick]);
test("process tag", () => Object.prototype.toString.call(process));
test("process.nextTick arguments", () => new Promise((done) => process.nextTick((...args) => done(args), 1, 2)));
test("process.nextTick of nothing", () => process.nextTick(null));
test("process.getBuiltinModule", () => [typeof process.getBuiltinModule("path").join, process.getBuiltinModule("nope")]);
test("global", () => [global === globalThis, typeof require, globalThis.window]);

const path = require("path");
each([["a", "b"], ["/a", "../b"], ["", ""], ["a/", "/b"], ["a", "", "..", "c"], ["..", ".."]], "path.join", (parts) => [path.join(...parts), path.resolve("/base", ...parts)]);
each(["/a/b.txt", "a", "/", "", "a/b/", ".x", "a.b.c", "/a/.b"], "path of", (name) => [path.dirname(name), path.basename(name), path.extname(name), path.parse(name), path.isAbsolute(name), path.normalize(name), path.basename(name, ".txt")]);
each([["/a/b", "/a/c"], ["/a", "/a/b/c"], ["/a/b", "/"]], "path.relative", ([from, to]) => path.relative(from, to));
test("path.format", () => [path.format({ dir: "/a", base: "b" }), path.format({ root: "/", name: "x", ext: ".y" }), path.sep, path.delimiter, path.posix === path]);

const querystring = require("querystring");
each(["a=1&b=2", "a=1&a=2", "a", "=x", "a=%20+", "", "a=b=c", "%zz=1"], "querystring.parse", (input) => ({ ...querystring.parse(input) }));
each([{ a: 1, b: [2, 3] }, { a: "x y&" }, {}, { a: null, b: true }, { "\u00fc": "\u00e4" }, { a: "!'()*~" }], "querystring.stringify", (input) => querystring.stringify(input));
test("querystring separators", () => [querystring.stringify({ a: 1, b: 2 }, ";", ":"), { ...querystring.parse("a:1;b:2", ";", ":") }, querystring.escape("a b"), querystring.unescape("a%20b")]);

const url = require("url");
each(["http://u:p@h:8/p?q=1#f", "/a?b=c", "//h/p", "mailto:a@b", "", "a b"], "url.parse", (input) => { const { protocol, auth, host, port, hostname, hash, search, query, pathname, path: whole } = url.parse(input); return { protocol, auth, host, port, hostname, hash, search, query, pathname, whole }; });
each([["http://a/b/c", "../d"], ["/one/two", "three"], ["http://a.com/", "//b.com/x"]], "url.resolve", ([from, to]) => url.resolve(from, to));
test("url.format", () => [url.format({ protocol: "http", host: "a.com", pathname: "/x", query: { y: 1 } }), url.format(new URL("http://a/b?c#d"))]);
test("url files", () => [url.fileURLToPath("file:///a%20b"), url.pathToFileURL("/a b#c").href]);
test("fileURLToPath of http", () => url.fileURLToPath("http://a"));

const util = require("util");
each([["%s", "x"], ["%d", "42"], ["%i", 4.7], ["%f", "1.5"], ["%j", { a: 1 }], ["%o", [1]], ["%O", { a: { b: 1 } }], ["%%", 1], ["%s"], ["a", "b", 1], ["%s %s", "x"], ["%c x", "css"], [1, "a"], ["%s", null], ["%s", { a: 1 }], ["%d", "x"], ["%x", 1], ["%s", -0], ["%s", [1, [2]]]], "util.format", (args) => util.format(...args));
const INSPECTED = {
  string: "a", quotes: "it's", both: `it's "x"`, all: "'\"`", newline: "a\nb", number: 1, minus: -0, bigint: 5n, null: null, undefined: undefined, symbol: Symbol("s"), empty: {}, object: { a: 1, "b-c": 2, [Symbol("k")]: 3 }, nested: { a: { b: { c: { d: 1 } } } }, array: [1, "a", null], holes: [1, , 3], emptyArray: [], long: Array.from({ length: 120 }, (_, i) => i),
  words: Array.from({ length: 30 }, (_, i) => `word${i}`), map: new Map([["a", 1], [{ b: 2 }, [3]]]), set: new Set([1, "x"]), date: new Date(0), regexp: /a+/gi, function: function named() {}, arrow: () => 1, class: class A {}, extended: class B extends Array {}, anonymous: (() => () => 1)(), asyncf: async function f() {}, generator: function* g() {},
  instance: new (class Point { x = 1; y = 2; })(), nullproto: Object.assign(Object.create(null), { a: 1 }), bytes: new Uint8Array([1, 2]), buffer: Buffer.from("hi"), arraybuffer: new Uint8Array([1, 2]).buffer, dataview: new DataView(new ArrayBuffer(2)), boxed: Object(1), boxedString: Object("s"), boxedSymbol: Object(Symbol("q")), weakmap: new WeakMap(), weakset: new WeakSet(), promise: Promise.resolve(5), getter: { get a() { return 1; }, set b(v) {} }, both2: { get a() { return 1; }, set a(v) {} },
  args: (function () { return arguments; })(1, 2), typed: new Float64Array([1.5, -0]), longString: "x".repeat(200), longObject: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`key${i}`, i])), mixed: { a: [1, 2, { b: 3 }], c: "text", d: new Map([["k", new Set([1])]]), e: null, f: undefined }, extra: Object.assign([1, 2], { x: 1 }), tagged: { [Symbol.toStringTag]: "Tag", a: 1 }, url: new URL("http://a/b?c"), params: new URLSearchParams("a=1&b=2"), headers: new Headers({ a: "1" }), invalid: new Date(NaN),
  iterator: [1, 2][Symbol.iterator](), mapIterator: new Map([[1, 2]]).entries(), generatorObject: (function* () {})(), global: Math, json: JSON, deepArray: [[[[1]]]], sparse: [, , 1], strings: ["a'b", 'c"d', "e\tf"], abort: new AbortController().signal, encoder: { a: 1.0, b: 1e21, c: NaN, d: Infinity }, many: new Set(Array.from({ length: 110 }, (_, i) => i)),
};
for (const [name, value] of Object.entries(INSPECTED)) {
  test(`inspect ${name}`, () => util.inspect(value));
  test(`inspect in an object ${name}`, () => util.inspect({ value }));
}
test("inspect circular", () => { const a = { b: {} }; a.b.a = a; return util.inspect(a); });
each([{ depth: 0 }, { depth: null }, { maxArrayLength: 2 }, { maxStringLength: 2 }, { breakLength: Infinity }, { compact: false }, { sorted: true }, { showHidden: true }, { colors: true }, { breakLength: 20 }], "inspect with", (options) => util.inspect({ b: [1, 2, 3], a: { c: { d: { e: "xyz" } } } }, options));
test("inspect custom", () => util.inspect({ [util.inspect.custom]: (depth, options) => `custom ${depth}` }));
test("inspect custom object", () => util.inspect({ [util.inspect.custom]: () => ({ shown: 1 }) }));
test("util.promisify", async () => [await util.promisify((a, done) => done(null, a + 1))(1), await util.promisify((done) => done(new RangeError("r")))().catch((error) => error.name)]);
test("util.callbackify", () => new Promise((done) => util.callbackify(async (a) => a)(5, (error, value) => done([error, value]))));
test("util.inherits", () => { function A() {} function B() {} util.inherits(A, B); return new A() instanceof B; });
test("util.types", () => [util.types.isDate(new Date()), util.types.isRegExp(/a/), util.types.isPromise(Promise.resolve()), util.types.isMap({}), util.types.isUint8Array(Buffer.alloc(1)), util.types.isAsyncFunction(async () => 1), util.types.isGeneratorFunction(function* () {}), util.types.isNativeError(new TypeError()), util.types.isBoxedPrimitive(Object(1)), util.types.isArrayBufferView(new DataView(new ArrayBuffer(1)))]);
each([[{ a: 1 }, { a: 1 }], [[1], [1]], [{ a: 1 }, { a: "1" }], [null, 0], [[1, 2], [2, 1]], [NaN, NaN], [{ a: [{ b: 1 }] }, { a: [{ b: 1 }] }]], "isDeepStrictEqual", ([a, b]) => util.isDeepStrictEqual(a, b));
test("isDeepStrictEqual of maps", () => [util.isDeepStrictEqual(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]])), util.isDeepStrictEqual(new Set([{ a: 1 }]), new Set([{ a: 1 }])), util.isDeepStrictEqual(new Date(1), new Date(1)), util.isDeepStrictEqual(/a/g, /a/i), util.isDeepStrictEqual(Object(1), Object(2)), util.isDeepStrictEqual(new Uint8Array([1]), new Uint8Array([2]))]);
test("stripVTControlCharacters", () => util.stripVTControlCharacters("\u001b[31mred\u001b[0m"));
test("util text classes", () => [util.TextEncoder === TextEncoder, util.TextDecoder === TextDecoder, util.toUSVString("\ud800")]);

const assert = require("assert");
const ASSERTIONS = { ok: () => assert(true), "not ok": () => assert(false), equal: () => assert.equal(1, "1"), "not equal": () => assert.equal(1, 2), strictEqual: () => assert.strictEqual(1, "1"), deepEqual: () => assert.deepEqual({ a: 1 }, { a: "1" }), deepStrictEqual: () => assert.deepStrictEqual({ a: 1 }, { a: "1" }), throws: () => assert.throws(() => { throw new TypeError("x"); }, TypeError), "throws other": () => assert.throws(() => { throw new TypeError("x"); }, RangeError), "throws nothing": () => assert.throws(() => {}), "throws like": () => assert.throws(() => { throw new Error("abc"); }, /b/), "throws object": () => assert.throws(() => { throw new Error("abc"); }, { message: "abc" }), match: () => assert.match("abc", /x/), fail: () => assert.fail("no"), ifError: () => assert.ifError(null), "ifError set": () => assert.ifError(new RangeError("r")), notStrictEqual: () => assert.notStrictEqual(1, 1), "strict.equal": () => assert.strict.equal(1, "1"), rejects: () => assert.rejects(Promise.reject(new TypeError("x")), TypeError), "own error": () => assert(false, new RangeError("mine")) };
for (const [name, run] of Object.entries(ASSERTIONS)) test(`assert ${name}`, run);
test("AssertionError", () => { try { assert.strictEqual(1, 2, "said"); } catch (error) { return [error.name, error.code, error.actual, error.expected, error.operator, error.message, error.generatedMessage]; } });

const { EventEmitter, once } = require("events");
test("EventEmitter", () => { const emitter = new EventEmitter(); const seen = []; emitter.on("x", (v) => seen.push(v)); emitter.once("x", (v) => seen.push(`once${v}`)); emitter.prependListener("x", () => seen.push("first")); const result = [emitter.emit("x", 1), emitter.emit("x", 2), emitter.emit("y"), emitter.listenerCount("x"), emitter.eventNames()]; return [seen, result]; });
test("EventEmitter error", () => new EventEmitter().emit("error", new RangeError("r")));
test("events.once", async () => { const emitter = new EventEmitter(); setTimeout(() => emitter.emit("x", 1, 2), 1); return once(emitter, "x"); });
test("events default", () => [require("events") === EventEmitter, EventEmitter.defaultMaxListeners]);
const { StringDecoder } = require("string_decoder");
test("StringDecoder", () => { const decoder = new StringDecoder("utf8"); return [decoder.write(Buffer.from([0xe2, 0x82])), decoder.write(Buffer.from([0xac])), decoder.end(Buffer.from([0xe2]))]; });

const stream = require("stream");
test("Readable.from", async () => { const seen = []; for await (const chunk of stream.Readable.from(["a", "b"])) seen.push(chunk); return seen; });
test("pipeline", async () => { const seen = []; await stream.promises.pipeline(stream.Readable.from(["a", "b"]), new stream.Transform({ transform(chunk, encoding, done) { done(null, `${chunk}`.toUpperCase()); } }), new stream.Writable({ write(chunk, encoding, done) { seen.push(`${chunk}`); done(); } })); return seen; });
test("PassThrough", () => new Promise((done) => { const through = new stream.PassThrough(); let all = ""; through.on("data", (d) => { all += d; }).on("end", () => done(all)); through.write("x"); through.end("y"); }));
test("stream error", () => stream.promises.pipeline(new stream.Readable({ read() { this.destroy(new RangeError("r")); } }), new stream.PassThrough().resume()));
test("Readable events", () => new Promise((done) => { const seen = []; const readable = new stream.Readable({ read() { this.push("a"); this.push(null); } }); readable.on("data", (d) => seen.push(`${d}`)).on("end", () => seen.push("end")).on("close", () => done([...seen, "close"])); }));
const zlib = require("zlib");
for (const kind of ["gzip", "deflate", "deflateRaw"]) test(`zlib.${kind}Sync`, () => zlib[`${kind}Sync`]("hello hello hello hello").toString("hex"));
each([0, 1, 6, 9], "zlib level", (level) => zlib.deflateSync("abcabcabcabc".repeat(20), { level }).toString("hex"));
test("zlib back", () => [zlib.gunzipSync(zlib.gzipSync("x")).toString(), zlib.inflateSync(zlib.deflateSync("y")).toString(), zlib.inflateRawSync(zlib.deflateRawSync("z")).toString(), zlib.unzipSync(zlib.gzipSync("u")).toString()]);
test("zlib junk", () => zlib.gunzipSync(Buffer.from("junk")));
test("zlib cut", () => zlib.gunzipSync(zlib.gzipSync("hello").subarray(0, 12)));
test("zlib callback", () => new Promise((done) => zlib.gzip("x", (error, value) => done([error, zlib.gunzipSync(value).toString()]))));
test("zlib callback error", () => new Promise((done) => zlib.gunzip(Buffer.from("x".repeat(20)), (error) => done([error.code, error.errno]))));
test("zlib stream", async () => { const seen = []; for await (const chunk of stream.Readable.from([zlib.gzipSync("streamed")]).pipe(zlib.createGunzip())) seen.push(chunk.toString()); return seen.join(""); });
test("zlib crc32", () => [zlib.crc32("hello"), zlib.crc32(Buffer.from("b"), zlib.crc32("a"))]);
test("zlib of a number", () => zlib.gzipSync(5));
test("os", () => { const os = require("os"); return [os.EOL, typeof os.platform(), typeof os.cpus().length]; });
test("AsyncLocalStorage", async () => { const { AsyncLocalStorage } = require("async_hooks"); const storage = new AsyncLocalStorage(); return storage.run(5, async () => { await null; return storage.getStore(); }); });
