// The process, the machine and what has no outside: how it fails is as in a Node that lacks it.
const cp = require("node:child_process");
const { EventEmitter } = require("node:events");
const v8 = require("node:v8");
const dc = require("node:diagnostics_channel");
const codes = (e) => [e.code, e.errno, e.syscall, e.path, e.spawnargs, e.cmd];

module.exports = {
  processShape: () => [process instanceof EventEmitter, `${process}`, process.release.name, process.platform, typeof process.getuid(), typeof process.report, process.stdin.isTTY === undefined, process.exitCode, process.listenerCount("nothing"), process.noDeprecation, process.umask().toString(8).length],
  processFigures: () => [process.memoryUsage(), process.cpuUsage(), process.resourceUsage(), process.hrtime(), process.memoryUsage.rss()].map((each) => (typeof each === "number" ? "number" : Array.isArray(each) ? each.length : Object.keys(each).sort())),
  processEvents: () => { const got = []; process.once("mine", (x) => got.push(x)); return [process.emit("mine", 1), process.emit("mine", 2), got]; },
  warnings: () => new Promise((resolve) => { process.once("warning", (w) => resolve([w.name, w.message, w.code])); process.emitWarning("careful", "MyWarning", "W1"); }),
  flags: () => [process.allowedNodeEnvironmentFlags.has("--max-old-space-size"), process.allowedNodeEnvironmentFlags.has("max_old_space_size"), process.allowedNodeEnvironmentFlags.has("--nope"), process.allowedNodeEnvironmentFlags.size > 100],
  binding: () => process.binding("nope"),
  knownBindings: () => ["natives", "util", "fs", "constants"].map((name) => typeof process.binding(name)),
  globalConsole: () => { const { PassThrough } = require("node:stream"); const out = new PassThrough(); new console.Console({ stdout: out, stderr: out }).error("x"); return [out.read().toString(), typeof console.context, console._stdout === process.stdout, console === require("node:console")]; },
  stdoutReplaced: () => { const { write } = process.stdout; const got = []; process.stdout.write = (text) => got.push(text); process.stdout.write("a"); process.stdout.write = write; return got; },
  stdinEnds: () => [typeof process.stdin.on, typeof process.stdin.resume, process.stdin.fd, typeof process.stdin.setRawMode],
  terminals: () => { const tty = require("node:tty"); return [tty.isatty(1), tty.WriteStream.prototype.isTTY ?? null, typeof tty.WriteStream.prototype.getColorDepth, typeof tty.ReadStream.prototype.setRawMode]; },
  wrongTerminal: () => new (require("node:tty").WriteStream)(-1),
  chdir: () => process.chdir("/no/such/folder"),
  envFile: () => process.loadEnvFile("/no/such/file"),
  captured: () => { const before = process.hasUncaughtExceptionCaptureCallback(); return before; },
  outputs: () => [typeof process.stdout.write, process.stdout.writable, process.stdout.fd, process.stderr.fd, process.stdout instanceof require("node:stream").Writable, process.stdout instanceof EventEmitter, "isTTY" in process.stdout],
  ticks: () => new Promise((resolve) => { const got = []; setImmediate(() => { got.push("immediate"); resolve(got); }); Promise.resolve().then(() => got.push("promise")); process.nextTick((x) => got.push(x), "tick"); }),

  spawn: () => new Promise((resolve) => { const got = []; const child = cp.spawn("no-such-program", ["a"]); got.push(child.pid, child.killed, typeof child.stdin.write); child.on("error", (e) => got.push(codes(e))).on("exit", () => got.push("exit")).on("close", (code) => { got.push(code); resolve(got); }); }),
  execFile: () => new Promise((resolve) => cp.execFile("no-such-program", ["x"], (e, out, err) => resolve([codes(e), out, err]))),
  execNoShell: () => new Promise((resolve) => cp.exec("ls", { shell: "/no/such/shell" }, (e, out, err) => resolve([codes(e), out, err]))),
  promised: async () => { try { await require("node:util").promisify(cp.execFile)("no-such-program"); } catch (e) { return [codes(e), e.stdout, e.stderr]; } },
  spawnSync: () => { const { error, ...rest } = cp.spawnSync("no-such-program", ["x"]); return [codes(error), rest]; },
  execFileSync: () => { try { cp.execFileSync("no-such-program"); } catch (e) { return [codes(e), e.status, e.output]; } },
  spawnWrong: () => cp.spawn(5),
  spawnEmpty: () => cp.spawn(""),

  lookups: async () => { const dns = require("node:dns"); const p = require("node:util").promisify; return [await p(dns.lookup)("127.0.0.1"), await dns.promises.lookup("::1", { all: true }), dns.getDefaultResultOrder(), dns.NOTFOUND, dns.promises === require("node:dns/promises")]; },
  lookupWrong: () => require("node:dns").lookup("x"),

  serialized: () => { const shared = { s: 1 }; return v8.deserialize(v8.serialize({ a: [1, -5, 1.5, "é€😀", null, undefined, true], d: new Date(5), r: /x/gi, m: new Map([[1, { x: 2 }]]), t: [...new Set(["q"])], b: Buffer.from("hi"), u: new Uint16Array([1, 2]), big: -(2n ** 70n), e: Object(5), one: shared, two: shared, sparse: [, 1] })); },
  serializedBytes: () => [1, -1, 1.5, "abc", "é€", null, [1, "x"], { a: { b: [] } }, new Date(0), new Map([[1, 2]]), new Set([1]), 10n, -(2n ** 65n), Buffer.from("ab"), new Float32Array([1]), /a/g, Object("s"), [, 2], { 1: 2 }, new ArrayBuffer(2)].map((each) => v8.serialize(each).toString("hex")),
  deserialized: () => KEYS.serialized.map((each) => JSON.stringify(v8.deserialize(Buffer.from(each, "base64")), (k, v) => (v instanceof Map || v instanceof Set ? [...v] : typeof v === "bigint" ? `${v}` : v))),
  uncloneable: () => v8.serialize({ f() {} }),
  v8Others: () => [Object.keys(v8.getHeapStatistics()).length > 10, v8.startupSnapshot.isBuildingSnapshot(), v8.isStringOneByteRepresentation("a"), v8.isStringOneByteRepresentation("€")],

  channels: () => { const got = []; const c = dc.channel("x"); const listener = (m, name) => got.push([m, name]); dc.subscribe("x", listener); c.publish(1); const had = c.hasSubscribers; dc.unsubscribe("x", listener); c.publish(2); return [got, had, c.hasSubscribers, dc.hasSubscribers("x"), dc.channel("x") === c]; },
  tracing: async () => { const got = []; const t = dc.tracingChannel("op"); const note = (name) => (m) => got.push([name, m.result ?? null, m.error?.message ?? null]); t.subscribe({ start: note("start"), end: note("end"), asyncStart: note("asyncStart"), asyncEnd: note("asyncEnd"), error: note("error") }); t.traceSync(() => 1, {}); try { t.traceSync(() => { throw new Error("bad"); }, {}); } catch {} await t.tracePromise(async () => 2, {}); await t.tracePromise(async () => { throw new Error("late"); }, {}).catch(() => {}); await new Promise((r) => t.traceCallback((cb) => setTimeout(cb, 1, null, 3), 0, {}, null, (e, v) => r(v))); return got; },

  observer: () => new Promise((resolve) => { const { PerformanceObserver } = require("node:perf_hooks"); const o = new PerformanceObserver((list) => { o.disconnect(); resolve(list.getEntries().map((e) => [e.name, e.entryType])); }); o.observe({ entryTypes: ["mark", "measure"] }); performance.mark("a"); performance.measure("m", "a"); }),
  histogram: () => { const h = require("node:perf_hooks").createHistogram(); [1, 2, 3, 4].forEach((n) => h.record(n)); return [h.count, h.min, h.max, h.mean, h.percentile(50)]; },
  workers: () => { const w = require("node:worker_threads"); return [w.isMainThread, w.parentPort, w.workerData, w.threadId, typeof w.Worker]; },
  messages: () => { const { MessageChannel, receiveMessageOnPort } = require("node:worker_threads"); const { port1, port2 } = new MessageChannel(); port1.postMessage({ a: 1 }); return [receiveMessageOnPort(port2), receiveMessageOnPort(port2) ?? null]; },
  portsAsEmitters: async () => {
    const { MessageChannel } = require("node:worker_threads");
    const { port1, port2 } = new MessageChannel();
    const got = [];
    const off = () => got.push("off");
    port2.on("message", (m) => got.push(m)).once("message", (m) => got.push(["once", m])).addListener("message", off).off("message", off);
    const closed = Promise.all([port1, port2].map((port) => new Promise((resolve) => port.on("close", () => resolve("closed")))));
    port1.postMessage({ a: 1 });
    port1.postMessage(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    port1.close();
    return [got, await closed, port2.listenerCount("message"), ["emit", "removeListener", "removeAllListeners", "eventNames"].map((name) => typeof port1[name])];
  },
  fetchAborted: async () => { try { await fetch("https://x.example/", { signal: AbortSignal.abort() }); } catch (e) { return [e.name, e.code]; } },
  fetchAbortedWith: async () => { try { await fetch("https://x.example/", { signal: AbortSignal.abort("why") }); } catch (e) { return e; } },
  environmentData: () => { const w = require("node:worker_threads"); w.setEnvironmentData("k", 1); return [w.getEnvironmentData("k"), w.getEnvironmentData("none") ?? null]; },
  contexts: () => { const vm = require("node:vm"); globalThis.vmSeen = 5; const f = vm.compileFunction("return a + 1", ["a"]); return [vm.runInThisContext("vmSeen + 1"), new vm.Script("1 + 1").runInThisContext(), f(2), vm.isContext({})]; },
  vmSyntax: () => new (require("node:vm").Script)("let let"),
  domains: () => { const d = require("node:domain").create(); const got = []; d.on("error", (e) => got.push(e.message)); const e = new EventEmitter(); d.add(e); e.emit("error", new Error("x")); return got; },
  modules: () => { const m = require("node:module"); return [m.isBuiltin("fs"), m.isBuiltin("node:test"), m.isBuiltin("test"), m.isBuiltin("lodash"), typeof m.createRequire("file:///x/y.js"), m.builtinModules.includes("fs"), m === m.Module]; },
  createRequireWrong: () => require("node:module").createRequire("relative"),
  consoles: () => { const { PassThrough } = require("node:stream"); const out = new PassThrough(); const { Console } = require("node:console"); const c = new Console(out); c.log("a %s", 1, { b: 2 }); c.group("g"); c.warn("in\nside"); c.groupEnd(); c.table([{ x: 1 }]); c.count(); c.assert(false, "no"); return out.read().toString(); },
  osShape: () => { const os = require("node:os"); return [os.EOL, os.constants.signals.SIGTERM, os.constants.errno.ENOENT, os.constants.priority.PRIORITY_LOW, `${os.platform}`, Object.keys(os.userInfo()).sort(), os.devNull, os.availableParallelism() > 0]; },
  constants: () => { const c = require("node:constants"); return [c.S_IFMT, c.SIGINT, c.ENOENT, c.O_RDONLY]; },
  timersShape: async () => { const t = require("node:timers"); const p = require("node:timers/promises"); const got = []; for await (const x of p.setInterval(1, "i")) { got.push(x); if (got.length > 1) break; } return [await p.setTimeout(1, "v"), await p.setImmediate("im"), got, await p.scheduler.wait(1) ?? null, t.promises === p, typeof t.setTimeout(() => {}, 1).unref]; },
  timerAborted: () => require("node:timers/promises").setTimeout(100, null, { signal: AbortSignal.abort() }),
  transcoded: () => { const b = require("node:buffer"); return [b.transcode(Buffer.from("€"), "utf8", "latin1").toString("latin1"), b.transcode(Buffer.from("é"), "utf8", "utf16le").toString("hex"), b.isUtf8(Buffer.from([0xc3])), b.isAscii(Buffer.from("a")), b.kStringMaxLength > 1e8, b.constants.MAX_LENGTH > 1e8]; },
  sea: () => [require("node:sea").isSea(), require("node:trace_events").getEnabledCategories() ?? null],
  seaAsset: () => require("node:sea").getAsset("x"),
  punycodes: () => { const p = require("node:punycode"); return [p.toASCII("mañana.com"), p.encode("mañana"), p.ucs2.decode("a😀")]; },
};
