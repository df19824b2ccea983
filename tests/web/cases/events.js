// Event, EventTarget, AbortController, AbortSignal, timers, MessageChannel, performance.
const once = (target, type) => new Promise((done) => target.addEventListener(type, done, { once: true }));
each([[], ["x"], ["x", { bubbles: true, cancelable: true, composed: true }], ["x", null], ["x", 1], [null], [{}]], "Event", (args) => {
  const event = new Event(...args);
  return [event.type, event.bubbles, event.cancelable, event.composed, event.eventPhase, event.target, event.currentTarget, event.defaultPrevented, event.returnValue, event.cancelBubble, event.isTrusted, event.composedPath()];
});
test("Event constants", () => [Event.NONE, Event.CAPTURING_PHASE, Event.AT_TARGET, Event.BUBBLING_PHASE, new Event("x").AT_TARGET]);
test("CustomEvent", () => [new CustomEvent("x", { detail: { a: 1 } }).detail, new CustomEvent("x").detail, new CustomEvent("x") instanceof Event]);
test("preventDefault", () => [true, false].map((cancelable) => {
  const event = new Event("x", { cancelable });
  event.preventDefault();
  return event.defaultPrevented;
}));
test("dispatch returns", () => [true, false].map((cancelable) => {
  const target = new EventTarget();
  target.addEventListener("x", (event) => event.preventDefault());
  return target.dispatchEvent(new Event("x", { cancelable }));
}));
const ran = (prepare) => {
  const target = new EventTarget();
  const seen = [];
  prepare(target, seen);
  target.dispatchEvent(new Event("x", { cancelable: true }));
  target.dispatchEvent(new Event("x", { cancelable: true }));
  return seen;
};
const LISTENERS = {
  order: (target, seen) => [1, 2, 3].forEach((n) => target.addEventListener("x", () => seen.push(n))),
  once: (target, seen) => target.addEventListener("x", () => seen.push(1), { once: true }),
  twice: (target, seen) => { const f = () => seen.push(1); target.addEventListener("x", f); target.addEventListener("x", f); },
  capture: (target, seen) => { const f = () => seen.push(1); target.addEventListener("x", f, true); target.addEventListener("x", f, false); target.removeEventListener("x", f); },
  object: (target, seen) => target.addEventListener("x", { handleEvent(event) { seen.push(event.type, this !== target); } }),
  stop: (target, seen) => { target.addEventListener("x", (e) => { seen.push(1); e.stopImmediatePropagation(); }); target.addEventListener("x", () => seen.push(2)); },
  "stop propagation": (target, seen) => { target.addEventListener("x", (e) => { seen.push(1); e.stopPropagation(); }); target.addEventListener("x", (e) => seen.push(2, e.cancelBubble)); },
  removed: (target, seen) => { const g = () => seen.push(2); target.addEventListener("x", () => { seen.push(1); target.removeEventListener("x", g); }); target.addEventListener("x", g); },
  added: (target, seen) => target.addEventListener("x", () => { seen.push(1); target.addEventListener("x", () => seen.push(2), { once: true }); }, { once: true }),
  passive: (target, seen) => target.addEventListener("x", (e) => { e.preventDefault(); seen.push(e.defaultPrevented); }, { passive: true }),
  signal: (target, seen) => { const c = new AbortController(); target.addEventListener("x", () => { seen.push(1); c.abort(); }, { signal: c.signal }); },
  "aborted signal": (target, seen) => target.addEventListener("x", () => seen.push(1), { signal: AbortSignal.abort() }),
  null: (target, seen) => { target.addEventListener("x", null); seen.push("ok"); },
  fields: (target, seen) => target.addEventListener("x", (e) => seen.push(e.target === target, e.currentTarget === target, e.eventPhase, e.composedPath().length)),
  this: (target, seen) => target.addEventListener("x", function () { seen.push(this === target); }),
};
for (const [name, prepare] of Object.entries(LISTENERS)) test(`listener ${name}`, () => ran(prepare));
test("dispatch nothing", () => new EventTarget().dispatchEvent({}));
test("dispatch inside", () => {
  const target = new EventTarget();
  const seen = [];
  target.addEventListener("x", (event) => { try { target.dispatchEvent(event); } catch (error) { seen.push("threw"); } });
  target.dispatchEvent(new Event("x"));
  return seen;
});
test("dispatch again", () => {
  const target = new EventTarget();
  const event = new Event("x");
  let count = 0;
  target.addEventListener("x", () => count++);
  target.dispatchEvent(event);
  target.dispatchEvent(event);
  return [count, event.target === target, event.currentTarget, event.eventPhase];
});
test("EventTarget of a class", () => {
  class Bus extends EventTarget {}
  const bus = new Bus();
  let seen = 0;
  bus.addEventListener("x", () => seen++);
  bus.dispatchEvent(new CustomEvent("x"));
  return [seen, bus instanceof EventTarget, Object.prototype.toString.call(bus)];
});
test("listener is a number", () => new EventTarget().addEventListener("x", 1));
test("addEventListener too little", () => new EventTarget().addEventListener("x"));

test("abort", () => {
  const controller = new AbortController();
  const seen = [controller.signal.aborted, controller.signal.reason];
  controller.signal.onabort = (event) => seen.push(event.type, event.target === controller.signal);
  controller.abort();
  controller.abort("again");
  const { reason } = controller.signal;
  return [...seen, controller.signal.aborted, reason.name, reason.message, reason.code, reason instanceof DOMException];
});
each(["why", null, 0, { a: 1 }], "abort for", (reason) => AbortSignal.abort(reason).reason);
test("throwIfAborted", () => AbortSignal.abort("why").throwIfAborted());
test("throwIfAborted with nothing", () => AbortSignal.abort().throwIfAborted());
test("not aborted", () => new AbortController().signal.throwIfAborted());
test("AbortSignal construct", () => new AbortSignal());
test("timeout", async () => {
  const signal = AbortSignal.timeout(5);
  const before = signal.aborted;
  const kept = setTimeout(() => {}, 100);
  await once(signal, "abort");
  clearTimeout(kept);
  return [before, signal.aborted, signal.reason.name, signal.reason.message, signal.reason.code];
});
each([-1, "x", null, 2 ** 53], "timeout of", (delay) => AbortSignal.timeout(delay).aborted);
test("any", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([one.signal, two.signal]);
  const seen = [];
  signal.addEventListener("abort", () => seen.push("abort"));
  two.abort(2);
  one.abort(1);
  return [...seen, signal.aborted, signal.reason];
});
test("any of none", () => AbortSignal.any([]).aborted);
test("any of one aborted", () => AbortSignal.any([new AbortController().signal, AbortSignal.abort("r")]).reason);
test("any of any", () => {
  const controller = new AbortController();
  const inner = AbortSignal.any([controller.signal]);
  const outer = AbortSignal.any([inner]);
  const order = [];
  outer.onabort = () => order.push("outer");
  inner.onabort = () => order.push("inner");
  controller.signal.onabort = () => order.push("source", inner.aborted, outer.aborted);
  controller.abort("r");
  return [order, outer.reason];
});
test("any of what is none", () => AbortSignal.any([1]));
test("onabort and listeners in order", () => {
  const controller = new AbortController();
  const seen = [];
  controller.signal.addEventListener("abort", () => seen.push(1));
  controller.signal.onabort = () => seen.push(2);
  controller.signal.addEventListener("abort", () => seen.push(3));
  controller.abort();
  return seen;
});
test("onabort replaced and removed", () => {
  const controller = new AbortController();
  const seen = [];
  controller.signal.onabort = () => seen.push(1);
  controller.signal.onabort = () => seen.push(2);
  const before = typeof controller.signal.onabort;
  controller.abort();
  controller.signal.onabort = "x";
  return [seen, before, controller.signal.onabort];
});

test("turns of the loop", async () => {
  const seen = [];
  setTimeout(() => seen.push("timeout"), 1);
  setImmediate(() => seen.push("immediate"));
  process.nextTick(() => seen.push("tick"));
  queueMicrotask(() => seen.push("microtask"));
  Promise.resolve().then(() => seen.push("promise"));
  seen.push("now");
  await sleep(10);
  return seen.filter((item) => item !== "immediate" && item !== "timeout");
});
test("timers by delay", async () => {
  const seen = [];
  for (const delay of [30, 1, 15]) setTimeout((value) => seen.push(value), delay, delay);
  await sleep(60);
  return seen;
});
test("interval", () => new Promise((done) => {
  let count = 0;
  const timer = setInterval(() => { if (++count === 3) { clearInterval(timer); done(count); } }, 1);
}));
test("clearTimeout", async () => {
  const seen = [];
  clearTimeout(setTimeout(() => seen.push(1), 1));
  clearTimeout(+setTimeout(() => seen.push(2), 1));
  clearImmediate(setImmediate(() => seen.push(3)));
  clearTimeout(undefined);
  clearTimeout({});
  clearTimeout("x");
  await sleep(10);
  return seen;
});
test("timer objects", () => {
  const timer = setTimeout(() => {}, 1);
  const seen = [timer.hasRef(), timer.unref() === timer, timer.hasRef(), timer.ref() === timer, timer.hasRef(), typeof timer.refresh, typeof timer[Symbol.toPrimitive](), typeof timer.close];
  clearTimeout(timer);
  return seen;
});
test("refresh", async () => {
  let count = 0;
  const timer = setTimeout(() => count++, 1);
  await sleep(10);
  timer.refresh();
  await sleep(10);
  return count;
});
each([null, 1, "x", {}], "setTimeout of", (callback) => setTimeout(callback, 1));
each([null, 1], "queueMicrotask of", (callback) => queueMicrotask(callback));
test("immediate arguments", () => new Promise((done) => setImmediate((a, b) => done([a, b]), 1, 2)));
test("timers/promises", async () => {
  const timers = require("timers/promises");
  return [await timers.setTimeout(1, "v"), await timers.setImmediate("w")];
});
test("timers/promises aborted", () => require("timers/promises").setTimeout(1, "v", { signal: AbortSignal.abort() }));
test("util.promisify(setTimeout)", () => require("util").promisify(setTimeout)(1, "v"));

test("MessageChannel", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen = new Promise((done) => { port2.onmessage = (event) => done([event.data, event.type]); });
  port1.postMessage({ a: [1] });
  const result = await seen;
  port1.close();
  return result;
});
test("MessageChannel refuses functions", () => {
  const { port1 } = new MessageChannel();
  try { port1.postMessage(() => 1); } finally { port1.close(); }
});
test("performance.now", () => [typeof performance.now(), performance.now() >= 0, performance.now() <= performance.now()]);
test("performance.timeOrigin", () => Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000);
test("performance.mark", () => {
  const mark = performance.mark("m", { detail: { a: 1 }, startTime: 5 });
  const found = [mark.name, mark.entryType, mark.startTime, mark.duration, mark.detail, performance.getEntriesByName("m").length, mark instanceof PerformanceEntry];
  performance.clearMarks();
  return [...found, performance.getEntriesByType("mark").length];
});
test("performance.measure", () => {
  performance.mark("a", { startTime: 1 });
  performance.mark("b", { startTime: 4 });
  const shown = ({ name, entryType, startTime, duration, detail }) => [name, entryType, startTime, duration, detail];
  const all = [performance.measure("m", "a", "b"), performance.measure("n", { start: "a", duration: 2 }), performance.measure("o", { start: 1, end: 9, detail: 3 })].map(shown);
  performance.clearMarks();
  performance.clearMeasures();
  return all;
});
test("performance.measure of no mark", () => performance.measure("m", "nowhere"));
test("performance.mark without a name", () => performance.mark());
