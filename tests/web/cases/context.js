// AsyncLocalStorage, AsyncResource: every way to go on later, from every way to enter a store.
const { AsyncLocalStorage, AsyncResource, executionAsyncId, triggerAsyncId } = require("node:async_hooks");
const { EventEmitter, EventEmitterAsyncResource, once: onceOf } = require("node:events");
const { Readable, Transform, pipeline } = require("node:stream");
const timersPromises = require("node:timers/promises");
const util = require("node:util");

const thenableOf = (value) => ({ then: (done) => setTimeout(done, 1, value) });
const rejected = () => Promise.reject(new Error("no"));
async function* numbers(count) {
  for (let n = 0; n < count; n++) {
    await null;
    yield n;
  }
}
const bytes = () => new ReadableStream({ start(c) { c.enqueue(utf8("abc")); c.close(); } });
const emitter = new EventEmitter();
const target = new EventTarget();

// Each calls its argument once, later; what runs then must see the store of whoever started it.
const LATER = {
  then: (go) => { Promise.resolve().then(go); },
  "then of a pending promise": (go) => { sleep(1).then(go); },
  "then, settled elsewhere": (go) => { const { promise, resolve } = Promise.withResolvers(); promise.then(go); elsewhere(() => resolve(1)); },
  "then, rejected elsewhere": (go) => { const { promise, reject } = Promise.withResolvers(); promise.then(undefined, go); elsewhere(() => reject(1)); },
  catch: (go) => { rejected().catch(go); },
  finally: (go) => { rejected().finally(go).catch(() => {}); },
  "chain of thens": (go) => { Promise.resolve().then(() => sleep(1)).then(() => 1).then(go); },
  await: async (go) => { await null; go(); },
  "await of a timer": async (go) => { await sleep(1); go(); },
  "await twice": async (go) => { await sleep(1); await 1; await sleep(1); go(); },
  "await in a function": async (go) => { const f = async () => { await sleep(1); return 1; }; await f(); go(); },
  "await of a thenable": async (go) => { await thenableOf(1); go(); },
  "await that throws": async (go) => { try { await rejected(); } catch { go(); } },
  "await in finally": async (go) => { try { await 1; } finally { await sleep(1); go(); } },
  "then of a thenable": (go) => { Promise.resolve(thenableOf(1)).then(go); },
  "inside a thenable": (go) => { Promise.resolve({ then(done) { go(); done(); } }); },
  "returned promise": (go) => { Promise.resolve().then(() => sleep(1)).then(go); },
  all: (go) => { Promise.all([sleep(1), 1, thenableOf(2)]).then(go); },
  allSettled: (go) => { Promise.allSettled([sleep(1), rejected()]).then(go); },
  race: (go) => { Promise.race([sleep(3), sleep(1)]).then(go); },
  any: (go) => { Promise.any([rejected(), sleep(1)]).then(go); },
  try: (go) => { Promise.try(() => sleep(1)).then(go); },
  "async generator": async (go) => { for await (const n of numbers(2)) if (n === 1) go(); },
  "inside an async generator": async (go) => { const g = async function* () { await sleep(1); go(); yield 1; }; for await (const _ of g()); },
  "after an async generator": async (go) => { for await (const _ of numbers(3)); go(); },
  "for await of promises": async (go) => { for await (const _ of [sleep(1), 2]); go(); },
  "Array.fromAsync": async (go) => { await Array.fromAsync(numbers(2)); go(); },
  "await using": async (go) => { const scope = { [Symbol.asyncDispose]: () => sleep(1) }; await scope[Symbol.asyncDispose](); go(); },
  queueMicrotask: (go) => { queueMicrotask(go); },
  "microtasks in a row": (go) => { queueMicrotask(() => queueMicrotask(() => queueMicrotask(go))); },
  nextTick: (go) => { process.nextTick(go); },
  setTimeout: (go) => { setTimeout(go, 1); },
  "setTimeout in a row": (go) => { setTimeout(() => setTimeout(go, 1), 1); },
  "timer refreshed elsewhere": (go) => { const timer = setTimeout(go, 2); elsewhere(() => timer.refresh()); },
  setImmediate: (go) => { setImmediate(go); },
  setInterval: (go) => { let n = 0; const timer = setInterval(() => { if (++n === 2) { clearInterval(timer); go(); } }, 1); },
  "timers/promises": async (go) => { await timersPromises.setTimeout(1); go(); },
  "timers/promises interval": async (go) => { for await (const _ of timersPromises.setInterval(1)) { go(); break; } },
  "promisified timer": async (go) => { await util.promisify(setTimeout)(1); go(); },
  promisify: async (go) => { await util.promisify((done) => setTimeout(done, 1))(); go(); },
  callbackify: (go) => { util.callbackify(async () => { await null; })(go); },
  "emitter in the task": (go) => { const e = new EventEmitter(); e.once("x", go); setTimeout(() => e.emit("x"), 1); },
  "emitter, bound": (go) => { emitter.once("bound", AsyncResource.bind(go)); elsewhere(() => emitter.emit("bound")); },
  "emitter, by snapshot": (go) => { const inside = AsyncLocalStorage.snapshot(); emitter.once("snap", () => inside(go)); elsewhere(() => emitter.emit("snap")); },
  "events.once": async (go) => { setTimeout(() => emitter.emit("once"), 1); await onceOf(emitter, "once"); go(); },
  "listener in the task": (go) => { const t = new EventTarget(); t.addEventListener("x", go); queueMicrotask(() => t.dispatchEvent(new Event("x"))); },
  "abort in the task": (go) => { const c = new AbortController(); c.signal.addEventListener("abort", go); setTimeout(() => c.abort(), 1); },
  "web stream": async (go) => { const reader = bytes().getReader(); await reader.read(); go(); },
  "web stream, iterated": async (go) => { for await (const _ of bytes()); go(); },
  "transform stream": async (go) => { await new Response(bytes().pipeThrough(new TransformStream())).text(); go(); },
  "node stream data": (go) => { Readable.from(["a"]).once("data", go); },
  "node stream end": (go) => { Readable.from(["a"]).on("data", () => {}).once("end", go); },
  "node stream, iterated": async (go) => { for await (const _ of Readable.from(["a", "b"])); go(); },
  pipeline: (go) => { pipeline(Readable.from(["a"]), new Transform({ transform(c, _, done) { done(null, c); } }).resume(), go); },
  "response body": async (go) => { await new Response("abc").text(); go(); },
  blob: async (go) => { await new Blob(["abc"]).text(); go(); },
  "fetch of data": async (go) => { await (await fetch("data:,abc")).text(); go(); },
  "fetch that fails": async (go) => { try { await fetch("bad address"); } catch { go(); } },
  digest: async (go) => { await crypto.subtle.digest("SHA-256", utf8("a")); go(); },
  "abort timeout": (go) => { setTimeout(() => {}, 20); AbortSignal.timeout(1).addEventListener("abort", go); },
};
// Ways to enter a store: `inside()` runs with the store "s".
const ENTER = {
  run: (als, inside) => als.run("s", inside),
  enterWith: (als, inside) => { als.enterWith("s"); inside(); als.enterWith(undefined); },
  snapshot: (als, inside) => als.run("s", () => AsyncLocalStorage.snapshot())(inside),
  bind: (als, inside) => als.run("s", () => AsyncLocalStorage.bind(inside))(),
  resource: (als, inside) => als.run("s", () => new AsyncResource("R")).runInAsyncScope(inside),
  "resource bind": (als, inside) => als.run("s", () => new AsyncResource("R").bind(inside))(),
  "nested run": (als, inside) => als.run("t", () => { als.run("s", inside); }),
  "after exit": (als, inside) => als.run("s", () => { als.exit(() => {}); inside(); }),
};
const other = new AsyncLocalStorage();
// Something that happens in another task with another store.
const elsewhere = (work) => setTimeout(() => other.run("elsewhere", work), 1);

const seenBy = (later, enter) => new Promise((resolve) => {
  const als = new AsyncLocalStorage();
  enter(als, () => {
    const go = () => resolve([als.getStore() ?? null, other.getStore() ?? null]);
    later(go);
  });
});
for (const [way, later] of Object.entries(LATER)) {
  for (const [by, enter] of Object.entries(ENTER)) test(`${way} by ${by}`, () => seenBy(later, enter));
  test(`${way}, three at once`, async () => {
    const als = new AsyncLocalStorage();
    const one = (user) => als.run(user, () => new Promise((resolve) => { later(() => resolve(als.getStore() ?? null)); }));
    const together = [one("ada"), one("bob"), one("cy")];
    const between = als.getStore() ?? null;
    return [between, await Promise.all(together), als.getStore() ?? null];
  });
  test(`${way} by nobody`, () => seenBy(later, (_, inside) => inside()));
}

const made = (options) => new AsyncLocalStorage(options);
each([undefined, {}, { defaultValue: 5 }, { name: "n" }, { name: 7, defaultValue: null }], "options", (options) => {
  const als = made(options);
  return [als.name, als.getStore(), als.run(1, () => als.getStore()), als.run(undefined, () => als.getStore()), als.exit(() => als.getStore()), als.getStore()];
});
each([null, 1, "x", []], "bad options", (options) => made(options));
test("run returns and passes arguments", () => made().run(1, (...args) => args, "a", "b"));
test("run and this", () => made().run(1, function () { "use strict"; return this; }));
test("run restores after a throw", () => {
  const als = made();
  const seen = als.run(1, () => { try { als.run(2, () => { throw new Error("x"); }); } catch { return als.getStore(); } });
  return [seen, als.getStore()];
});
test("enterWith stays within the task", async () => {
  const als = made();
  const inner = async () => { await null; als.enterWith("in"); await null; return als.getStore(); };
  return [await inner(), als.getStore()];
});
test("enterWith before the first await", async () => {
  const als = made();
  const inner = async () => { als.enterWith("in"); await null; return als.getStore(); };
  const work = inner();
  const after = als.getStore();
  return [after, await work, als.getStore()];
});
test("enterWith in a timer", async () => {
  const als = made();
  await new Promise((done) => setTimeout(() => { als.enterWith("timer"); done(); }, 1));
  const seen = als.getStore();
  return [seen, await new Promise((done) => setTimeout(() => done(als.getStore()), 1))];
});
test("several storages", async () => {
  const [a, b, c] = [made(), made(), made()];
  return a.run(1, () => b.run(2, () => a.run(3, async () => {
    await null;
    c.enterWith(9);
    await sleep(1);
    return [a.getStore(), b.getStore(), c.getStore()];
  })));
});
test("disable", async () => {
  const als = made();
  return als.run(1, async () => {
    await null;
    als.disable();
    const off = als.getStore();
    als.enterWith(2);
    await null;
    return [off, als.getStore()];
  });
});
test("store of a deep recursion", async () => {
  const als = made();
  const down = (n) => als.run(n, async () => { await null; return n === 0 ? [als.getStore()] : [...(await down(n - 1)), als.getStore()]; });
  return down(20);
});
test("enterWith many times", async () => {
  const als = made();
  for (let n = 0; n < 10000; n++) als.enterWith(n);
  await null;
  return als.getStore();
});
test("same store again", () => { const als = made(); return als.run(1, () => als.run(1, () => { als.enterWith(2); return als.getStore(); })); });
test("a callback that is none", () => made().run(1, 5));
test("bind a value that is none", () => AsyncLocalStorage.bind(1));
test("bind keeps this and length", () => {
  const bound = AsyncLocalStorage.bind(function f(a, b) { return [this.x, a, b]; });
  return [bound.call({ x: 1 }, 2, 3), bound.length];
});
test("AsyncResource.bind with this", () => AsyncResource.bind(function () { return this.x; }, "T", { x: 4 }).call({ x: 1 }));
each([undefined, 1, null], "resource type", (type) => new AsyncResource(type));
each([-2, 1.5, "x", NaN], "resource trigger", (triggerAsyncId) => new AsyncResource("T", { triggerAsyncId }));
test("resource ids", () => {
  const one = new AsyncResource("T");
  const two = new AsyncResource("T", { triggerAsyncId: 7 });
  return [two.asyncId() > one.asyncId(), two.triggerAsyncId(), one.runInAsyncScope(() => executionAsyncId() === one.asyncId()), two.runInAsyncScope(triggerAsyncId), one.emitDestroy() === one, typeof executionAsyncId()];
});
test("runInAsyncScope", () => new AsyncResource("T").runInAsyncScope(function (...args) { return [this.x, args]; }, { x: 1 }, 2, 3));
test("runInAsyncScope that throws", () => new AsyncResource("T").runInAsyncScope(() => { throw new RangeError("x"); }));
test("emitter with a resource", () => {
  const als = made();
  const source = als.run("made", () => new EventEmitterAsyncResource({ name: "E" }));
  const seen = [];
  source.on("x", () => seen.push(als.getStore()));
  als.run("emitting", () => source.emit("x"));
  return [seen, source instanceof EventEmitter, typeof source.asyncId, typeof source.triggerAsyncId, source.asyncResource instanceof AsyncResource];
});
test("plain emitter", () => {
  const als = made();
  const seen = [];
  als.run("listening", () => emitter.on("plain", () => seen.push(als.getStore() ?? null)));
  als.run("emitting", () => emitter.emit("plain"));
  emitter.emit("plain");
  return seen;
});
test("listener on a target", () => {
  const als = made();
  const seen = [];
  als.run("listening", () => target.addEventListener("plain", () => seen.push(als.getStore() ?? null)));
  als.run("emitting", () => target.dispatchEvent(new Event("plain")));
  return seen;
});
test("a later task does not see it", async () => {
  const als = made();
  const work = als.run("secret", () => sleep(3));
  await sleep(1);
  const seen = als.getStore() ?? null;
  await work;
  return [seen, als.getStore() ?? null];
});

test("messages come in the context that made the ports", async () => {
  const als = made();
  const { port1, port2 } = new MessageChannel();
  const seen = await new Promise((done) => {
    als.run("listener", () => {
      port2.onmessage = () => done(als.getStore() ?? null);
    });
    als.run("sender", () => port1.postMessage(1));
  });
  port1.close();
  return seen;
});
