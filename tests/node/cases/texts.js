// Modules about texts, paths and values.
const u = require("node:util");
const url = require("node:url");
const qs = require("node:querystring");
const path = require("node:path");
const assert = require("node:assert");

const URLS = ["HTTP://User:pw@Host.com:80/a b?x=1&y=2#z", "/a/b?c=d", "a/b", "//host/path", "mailto:a@b.c", "javascript:alert(1)", "http://a.com:99999/", "http://ex.com/{}|^`", "file:///a/b", "http://[::1]:3000/x", "?q", "#h", "http://münchen.de/ü", "x:", "http://a.com;b", "http://user@:80", ""];
const PATHS = ["/a/b/../c/./d.txt", "a//b", "", ".", "..", "../x", "/", "a/b/", "C:\\a\\..\\b.c", "\\\\srv\\share\\x\\", "c:x", "a.b.c", ".hidden", "x.", "/a/.b/c.d/"];

module.exports = {
  format: () => [u.format("%s %d %i %f %j %o %O %%", "a", 1.5, 2.7, "3.1", { a: 1 }, [1], { b: { c: {} } }), u.format("a", 1, { b: 2 }), u.format("%s", null, undefined, 5n), u.format("%c x", "css"), u.format("x".repeat(20000)).length],
  inspect: () => [
    u.inspect({ a: 1, b: "x", c: [1, 2, 3], d: new Map([["k", { v: 1 }]]), e: new Set([1]), f: () => {}, g: Symbol("s"), h: 10n, i: new Date(0), j: /x/g, k: null, l: undefined }),
    u.inspect({ a: { b: { c: { d: 1 } } } }, { depth: 0 }), u.inspect({ a: { b: { c: { d: 1 } } } }, { depth: Infinity }),
    u.inspect("it's"), u.inspect([1, , 3]), u.inspect(new (class Foo { x = 1; })()), u.inspect(Object.create(null)), u.inspect({ z: 1, a: 2 }, { sorted: true }),
    u.inspect({ a: 1, s: "x", n: null }, { colors: true }), u.inspect(Array.from({ length: 200 }, (_, i) => i), { maxArrayLength: 3 }), u.inspect("x".repeat(50), { maxStringLength: 5 }),
    u.inspect({ get a() { return 1; } }, { getters: true }), u.inspect(123456789, { numericSeparator: true }), u.inspect({ a: [1, 2, { b: 3 }] }, { compact: false }),
    u.inspect({ [u.inspect.custom](depth, options) { return `custom ${depth} ${typeof options.stylize}`; } }), u.inspect(new Uint8Array(3)), u.inspect(Buffer.from("ab")), u.inspect(new (class extends Map {})([[1, 2]])),
    u.inspect(new Proxy({ a: 1 }, {})), u.inspect([["a", "b"], { c: new Set() }], { breakLength: 10 }), u.inspect((() => { const a = {}; a.self = a; return a; })()),
  ],
  inspectStatics: () => [u.inspect.custom.toString(), Object.keys(u.inspect.colors).length, u.inspect.styles.string, u.inspect.defaultOptions.depth],
  promisify: async () => {
    const named = (x, done) => done(null, x + 1);
    const custom = Object.assign(() => {}, { [u.promisify.custom]: async () => "own" });
    return [await u.promisify(named)(1), await u.promisify(custom)(), u.promisify(named).name, u.promisify(custom) === custom[u.promisify.custom], await u.promisify(setTimeout)(1, "t"), await u.promisify((done) => done(new RangeError("no")))().catch((e) => e.name)];
  },
  promisifyNothing: () => u.promisify(5),
  callbackify: () => new Promise((resolve) => {
    const got = [];
    u.callbackify(async (x) => x * 2)(4, (error, value) => got.push([error, value]));
    u.callbackify(async () => { throw null; })((error) => { got.push([error.code, error.reason]); setTimeout(() => resolve(got), 1); });
  }),
  inherits: () => { function A() {} function B() {} u.inherits(B, A); return [new B() instanceof A, B.super_ === A]; },
  deprecated: () => [u.deprecate((x) => x, "old", "DEP1")(3), new (u.deprecate(class { a = 1; }, "old"))().a],
  parseArgs: () => u.parseArgs({ args: ["-v", "--name", "x", "--no-color", "--n=1", "pos", "--", "-z"], options: { verbose: { type: "boolean", short: "v" }, name: { type: "string", default: "d" }, color: { type: "boolean" }, n: { type: "string", multiple: true }, other: { type: "string", default: "dd" } }, allowPositionals: true, allowNegative: true, tokens: true }),
  parseArgsUnknown: () => u.parseArgs({ args: ["--nope"], options: {} }),
  parseArgsValue: () => u.parseArgs({ args: ["--a"], options: { a: { type: "string" } } }),
  parseEnv: () => [u.parseEnv("A=1\nB = two words # note\nC='q # x'\nexport D=\"a\\nb\"\n#E=1\nF=\nG=`b't`\n\nH=a=b\r\nI=\"multi\nline\"\nJ"), u.parseEnv("")],
  styleText: () => [u.styleText("red", "x", { validateStream: false }), u.styleText(["bold", "underline", "bgBlue"], "x", { validateStream: false }), u.styleText("grey", "x", { validateStream: false }), u.styleText("red", "x")],
  styleTextUnknown: () => u.styleText("nope", "x"),
  stripped: () => u.stripVTControlCharacters("\u001b[31mx\u001b[0m \u001b]8;;http://a\u0007link"),
  mime: () => { const m = new u.MIMEType("text/plain; charset=utf-8; q=\"a b\""); m.params.set("x", "y z"); m.subtype = "html"; return [String(m), m.essence, m.params.get("q"), [...m.params], m.params.has("nope"), JSON.stringify(m)]; },
  mimeWrong: () => new u.MIMEType("nope"),
  systemErrors: () => [u.getSystemErrorName(-2), u.getSystemErrorMessage(-13), u.getSystemErrorMap().get(-104), u.convertProcessSignalToExitCode("SIGTERM")],
  systemErrorWrong: () => u.getSystemErrorName(5),
  diff: () => [u.diff("kitten", "sitting"), u.diff(["a", "b", "c"], ["a", "c", "d"]), u.diff("same", "same")],
  types: () => [u.types.isPromise(Promise.resolve()), u.types.isRegExp(/x/), u.types.isUint8Array(Buffer.alloc(1)), u.types.isAsyncFunction(async () => {}), u.types.isGeneratorFunction(function* () {}), u.types.isBoxedPrimitive(Object(1)), u.types.isNativeError(new TypeError()), u.types.isDate({}), u.types.isArgumentsObject((function () { return arguments; })()), u.types.isSet(new Set()), u.types.isMapIterator(new Map().keys())],
  deepEqual: () => [u.isDeepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), u.isDeepStrictEqual([1], ["1"]), u.isDeepStrictEqual(new Set([{ a: 1 }]), new Set([{ a: 1 }])), u.isDeepStrictEqual(NaN, NaN), u.isDeepStrictEqual(new Map([[1, 2]]), new Map([[1, 3]])), u.isDeepStrictEqual(new Date(1), new Date(1)), u.isDeepStrictEqual(Buffer.from("a"), Buffer.from("b"))],
  abortedUtil: async () => { const c = new AbortController(); const waiting = u.aborted(c.signal, {}); c.abort(); return [await waiting, u.toUSVString("a\ud800")]; },
  debuglog: () => [typeof u.debuglog("x"), u.debuglog("x").enabled, u.debug === u.debuglog],
  extend: () => u._extend({ a: 1 }, { b: 2 }),

  urlParse: () => URLS.map((each) => { try { return { ...url.parse(each, true) }; } catch (e) { return e.code; } }),
  urlFormat: () => [url.format({ protocol: "http", host: "a.com", pathname: "/x", query: { a: [1, 2], b: "c d" } }), url.format({ protocol: "https:", hostname: "h", port: 8, search: "?q" }), url.format(new URL("http://u:p@é.com/x?y#z"), { auth: false, fragment: false, unicode: true }), url.format("http://a.com/b c")],
  urlResolve: () => [["/one/two/three", "four"], ["http://example.com/", "/one"], ["http://example.com/one", "/two"], ["http://a/b/c/d", "../../x"], ["a/b", "?q"], ["http://a", "//b/c"], ["mailto:a@b", "x"]].map(([a, b]) => url.resolve(a, b)),
  filePaths: () => [url.fileURLToPath("file:///a%20b/c"), url.pathToFileURL("/a b#?%").href, url.pathToFileURL("/x/").href, url.fileURLToPathBuffer(new URL("file:///a%20b")).toString()],
  filePathScheme: () => url.fileURLToPath("http://a/b"),
  filePathHost: () => url.fileURLToPath("file://host/b"),
  domains: () => [url.domainToASCII("español.com"), url.domainToUnicode("xn--espaol-zwa.com"), url.domainToASCII("xn--iñvalid.com")],
  httpOptions: () => { const o = url.urlToHttpOptions(new URL("https://a:b@測試.com:8080/p?q#h")); return [o.protocol, o.hostname, o.port, o.auth, o.path, o.hash]; },
  objectUrls: async () => { const b = URL.createObjectURL(new Blob(["x"], { type: "text/plain" })); const found = require("node:buffer").resolveObjectURL(b); const text = await (await fetch(b)).text(); URL.revokeObjectURL(b); return [b.startsWith("blob:nodedata:"), found.size, text, require("node:buffer").resolveObjectURL(b)]; },

  queries: () => ["a=1&a=2&b=x%20y&c", "a+b=c+d", "%zz=1&=x&&y=", "a:1;b:2", "x=%E4%BD%A0", "a=b=c"].map((each) => qs.parse(each)),
  queriesOther: () => [qs.parse("a:1;b:2", ";", ":"), qs.parse("a=1&b=2&c=3", null, null, { maxKeys: 2 }), qs.stringify({ a: [1, "x y"], b: true, c: null, d: undefined, e: NaN, f: {}, g: 5n }), qs.stringify({ a: "é*'()!~" }), qs.stringify("x"), qs.escape("a b&"), qs.unescape("%41%zz"), qs.unescapeBuffer("a%20b").toString()],

  paths: () => ["posix", "win32"].flatMap((kind) => PATHS.map((each) => { const p = path[kind]; return [p.normalize(each), p.dirname(each), p.basename(each), p.extname(each), p.isAbsolute(each), p.parse(each), p.format(p.parse(each))]; })),
  pathsJoined: () => ["posix", "win32"].map((kind) => { const p = path[kind]; return [p.join("a", "..", "b"), p.join("/a", "/b"), p.join(), p.relative("/a/b/c", "/a/d"), p.basename("a.html", ".html"), p.basename("a\\b/c"), p.join("C:\\x", "..\\..\\y"), p.sep, p.delimiter, p.format({ dir: "/x", name: "n", ext: "e" })]; }),
  pathsResolved: () => [path.resolve("/a", "b", "../c"), path.resolve("/a", "/b"), path.win32.resolve("C:\\a", "..\\b"), path.win32.resolve("C:\\a", "D:\\b"), path.win32.relative("C:\\a\\b", "C:\\a\\c\\d"), path.win32.toNamespacedPath("C:\\a"), path.posix.posix === path.posix],
  globs: () => [["a/b.js", "a/*.js"], ["a/b/c.js", "a/**/*.js"], ["a.ts", "*.{js,ts}"], ["ab", "a?"], ["abc", "a[bx]c"], ["a/b", "*"]].map(([p, g]) => path.matchesGlob(p, g)),
  pathWrong: () => path.join(5),

  assertions: () => [["equal", 1, 2], ["strictEqual", 1, "1"], ["deepEqual", [1], [2]], ["deepStrictEqual", { a: 1 }, { a: "1" }], ["notEqual", 1, 1], ["match", "x", /y/], ["ok", 0], ["fail"], ["ifError", 5], ["partialDeepStrictEqual", { a: 1 }, { b: 1 }], ["notDeepStrictEqual", {}, {}]].map(([name, ...args]) => { try { assert[name](...args); return "passed"; } catch (e) { return [e.name, e.code, e.operator, e.generatedMessage, e instanceof assert.AssertionError]; } }),
  assertionsPass: () => { assert(true); assert.deepEqual([1], ["1"]); assert.throws(() => { throw new TypeError("x"); }, { name: "TypeError", message: /x/ }); assert.doesNotThrow(() => {}); assert.strict.equal(1, 1); assert.partialDeepStrictEqual({ a: 1, b: 2 }, { a: 1 }); new assert.Assert().equal(1, 1); return "passed"; },
  assertionMessage: () => { try { assert.strictEqual(1, 2); } catch (e) { return [e.message, e.actual, e.expected]; } },
  rejections: async () => { await assert.rejects(async () => { throw new Error("x"); }, /x/); await assert.doesNotReject(Promise.resolve()); return "passed"; },
};
