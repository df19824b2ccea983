"use strict";
// Every function of the language, called with odd receivers and arguments: the same text in Node and in
// the guest. `odd.paths()` lists the functions, `odd.run(path, share, of)` makes the calls of one: each a
// text of what came back and of what became of the receiver. Every call gets fresh values.
const odd = (() => {
  const { ownKeys, getOwnPropertyDescriptor: own, apply, construct } = Reflect;
  const G = Object.getPrototypeOf;
  const noop = function noop() {};
  const proxied = () => new Proxy({ a: 1 }, {});
  const revoked = () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; };
  const detached = () => { const b = new ArrayBuffer(8); structuredClone(b, { transfer: [b] }); return b; };
  const counted = function* () { yield 1; yield "b"; return 3; };
  const later = async function* () { yield 1; };
  const closing = () => ({ n: 0, next() { return { value: this.n, done: this.n++ > 2 }; }, return() { this.closed = true; return {}; } });

  // A fresh odd value for each call, by name.
  const VALUES = {
    undefined: () => undefined, null: () => null, true: () => true, false: () => false,
    zero: () => 0, minusZero: () => -0, one: () => 1, minusOne: () => -1, half: () => 1.5, minusHalf: () => -0.5, three: () => 3,
    radix: () => 36, nan: () => NaN, infinity: () => Infinity, minusInfinity: () => -Infinity, int: () => 2 ** 31, wide: () => 2 ** 32 + 1,
    unsafe: () => 2 ** 53, huge: () => 1e21, third: () => 1e21 / 3, tiny: () => 5e-324, tenth: () => 0.1, many: () => 123.456,
    bigZero: () => 0n, bigMinus: () => -1n, bigWide: () => 2n ** 64n,
    empty: () => "", a: () => "a", abc: () => "abc", digits: () => "12", minus: () => "-1", exponent: () => "1e3", lone: () => "\ud800x", pair: () => "a\u{1F600}b",
    spaces: () => " \ufeff\t x\n", quotes: () => 'q"<&>', length: () => "length", proto: () => "__proto__", constructorName: () => "constructor", iso: () => "2020-02-30T00:00:00Z", json: () => '{"a":[1,{"__proto__":2}]}',
    symbol: () => Symbol("s"), iterator: () => Symbol.iterator,
    object: () => ({}), fields: () => ({ a: 1, b: [2] }), arrayLike: () => ({ length: 3, 0: "x", 2: "z" }), badLength: () => ({ length: -1 }),
    array: () => [], numbers: () => [3, 1, 2], holes: () => [1, , 3], nested: () => [[1, [2, [3]]], "x"], entries: () => [["a", 1], ["b", 2]],
    noop: () => function noop() {}, identity: () => (x) => x, difference: () => (x, y) => x - y, thrower: () => () => { throw new RangeError("thrown"); }, truth: () => () => true,
    class: () => class Made { constructor(...given) { this.given = given.length; } }, bound: () => noop.bind(null, 1), generator: () => function* made() { yield 1; }, asyncFunction: () => async () => 1,
    regexp: () => /b/g, sticky: () => /(?<n>a)|b/y, unicode: () => /./gu, date: () => new Date(86400000), invalidDate: () => new Date(NaN),
    map: () => new Map([["k", 1]]), set: () => new Set([1, 2]), weakMap: () => new WeakMap(), setLike: () => ({ size: 1, has: () => true, keys: () => [1].values() }),
    running: () => counted(), closing: () => closing(), badIterator: () => ({ next: 1 }),
    throwsValue: () => ({ valueOf() { throw new EvalError("valueOf"); }, toString() { throw new EvalError("toString"); } }),
    primitive: () => ({ [Symbol.toPrimitive]: () => 3 }), text: () => ({ toString: () => "q" }), noPrimitive: () => Object.create(null),
    getter: () => ({ get a() { throw new SyntaxError("getter"); } }), frozen: () => Object.freeze([1, 2]), proxy: proxied, revoked,
    buffer: () => new ArrayBuffer(8), resizable: () => new ArrayBuffer(4, { maxByteLength: 8 }), detached, view: () => new DataView(new ArrayBuffer(8)),
    bytes: () => Uint8Array.of(1, 2, 3), floats: () => Float64Array.of(1.5, NaN, -0), bigs: () => BigInt64Array.of(1n, -1n),
    promise: () => Promise.resolve(1), rejected: () => { const p = Promise.reject(new Error("r")); p.catch(() => {}); return p; }, thenable: () => ({ then: (done) => done(4) }),
    error: () => new TypeError("e"), data: () => ({ value: 1, writable: true }), accessor: () => ({ get: () => 5, configurable: true }), badDescriptor: () => ({ get: 1, value: 2 }),
    options: () => ({ cause: 1, maxByteLength: 16, flags: "g", lastChunkHandling: "strict", alphabet: "base64url", mode: "longest" }),
  };
  const NAMES = Object.keys(VALUES);

  // Receivers of each prototype's methods; other classes are made with `new`.
  const lazy = (Class) => () => new Class();
  const RECEIVERS = {
    Array: [() => [3, 1, 2], () => [1, , "x"], () => Object.freeze([1, 2])], String: [() => "a\u{1F600}b", () => "", () => " Ab12 "],
    Number: [() => 1e21 / 3, () => -0.1, () => 255, () => NaN, () => 2 ** 60, () => 123.456], BigInt: [() => 255n, () => -(2n ** 70n)], Boolean: [() => true], Symbol: [() => Symbol("d"), () => Symbol.iterator],
    Function: [() => function noop() {}, () => class A {}, () => noop.bind(null, 1)], Object: [() => ({ a: 1 }), () => Object.create(null), () => [1]],
    Date: [() => new Date(86400123), () => new Date(NaN), () => new Date(-62198755200000), () => new Date(8.64e15)], RegExp: [() => /b(?<n>.)?/gd, () => /a/y, () => new RegExp("", "iu")],
    Map: [() => new Map([["a", 1], [NaN, 2]])], Set: [() => new Set([1, "a"])], WeakMap: [lazy(WeakMap)], WeakSet: [lazy(WeakSet)], WeakRef: [() => new WeakRef(noop)], FinalizationRegistry: [() => new FinalizationRegistry(noop)],
    Promise: [() => Promise.resolve(1), VALUES.rejected], ArrayBuffer: [VALUES.buffer, VALUES.resizable, detached], DataView: [VALUES.view, () => new DataView(VALUES.resizable(), 2)],
    Error: [VALUES.error, () => new Error("m", { cause: 1 })], AggregateError: [() => new AggregateError([1], "m")], SuppressedError: [() => new SuppressedError(1, 2, "m")],
    Iterator: [counted, () => [1, 2].values(), closing], Generator: [counted], AsyncGenerator: [later], IteratorHelper: [() => counted().map((x) => x)], WrapForValidIterator: [() => Iterator.from(closing())],
    ArrayIterator: [() => [1, 2].values()], MapIterator: [() => new Map([[1, 2]]).entries()], SetIterator: [() => new Set([1]).values()], StringIterator: [() => "ab"[Symbol.iterator]()], RegExpStringIterator: [() => "abab".matchAll(/a/g)],
    AsyncIterator: [later], TypedArray: [VALUES.bytes, VALUES.floats, VALUES.bigs, () => new Uint8Array(VALUES.resizable()), () => new Uint8ClampedArray([300, -1]), () => new Float32Array([0.1])], DisposableStack: [() => new DisposableStack()], AsyncDisposableStack: [() => new AsyncDisposableStack()],
  };

  const roots = {
    Generator: G(counted).prototype, AsyncGenerator: G(later).prototype, GeneratorFunction: G(counted).constructor, AsyncFunction: G(async () => {}).constructor, TypedArray: G(Uint8Array),
    ArrayIterator: G([].values()), MapIterator: G(new Map().values()), SetIterator: G(new Set().values()), StringIterator: G(""[Symbol.iterator]()), RegExpStringIterator: G("".matchAll(/a/g)),
    IteratorHelper: G(counted().map((x) => x)), WrapForValidIterator: G(Iterator.from(closing())), AsyncIterator: G(G(G(later).prototype)),
  };
  const CLASSES = "Object Function Array ArrayBuffer BigInt Boolean DataView Date Error AggregateError EvalError RangeError SuppressedError Iterator Map Number Promise Proxy RegExp Set String Symbol WeakMap WeakRef WeakSet FinalizationRegistry DisposableStack AsyncDisposableStack Uint8Array Uint8ClampedArray Float16Array Float32Array Float64Array BigInt64Array BigUint64Array".split(" ");
  const SPACES = ["Math", "JSON", "Reflect"];
  const PLAIN = ["parseInt", "parseFloat", "isNaN", "isFinite", "encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent", "escape", "unescape"];
  // Not the language's: what tells the time or is random, what has a test of its own, V8's own.
  const SKIPPED = /^Math\.random|^Date\.now|toLocale|localeCompare|^Function$|^AsyncFunction$|^GeneratorFunction$|^Error\.(captureStackTrace|prepareStackTrace)|RegExp\.(\$|input|last|left|right)|Error\.prototype\.stack|fromAsync/;

  const member = (holder, key) => {
    const found = own(holder, key);
    return found?.value ?? undefined;
  };
  const holderOf = (root) => roots[root] ?? globalThis[root];

  /** Paths of all functions as [root, place, key, kind]; place is "" or "prototype". */
  function paths() {
    const list = [];
    const add = (root, place, holder) => {
      for (const key of ownKeys(holder)) {
        if (key === "constructor") continue;
        const found = own(holder, key);
        const name = typeof key === "symbol" ? `@${key.description}` : key;
        for (const kind of ["value", "get", "set"]) if (typeof found[kind] === "function") list.push([root, place, name, kind]);
      }
    };
    for (const root of [...CLASSES, ...Object.keys(roots), ...SPACES]) {
      const holder = holderOf(root);
      if (holder === undefined) continue;
      if (typeof holder === "function") {
        list.push([root, "", "", "call"], [root, "", "", "new"]);
        if (holder.prototype) add(root, "prototype", holder.prototype);
      }
      add(root, "", holder);
    }
    for (const name of PLAIN) list.push([name, "", "", "call"]);
    return list.filter((path) => !SKIPPED.test(label(path)));
  }
  const label = ([root, place, key, kind]) => [root, place, key].filter(Boolean).join(".") + (kind === "value" ? "" : ` (${kind})`);
  const keyOf = (name) => (name.startsWith("@Symbol.") ? Symbol[name.slice(8)] : name);

  function found([root, place, key, kind]) {
    const start = holderOf(root);
    if (start === undefined) return undefined;
    if (kind === "call" || kind === "new") return start;
    const holder = place === "" ? start : start[place];
    return holder === undefined ? undefined : own(holder, keyOf(key))?.[kind];
  }

  const isClass = (value, Class) => { try { return value instanceof Class; } catch { return false; } };
  function shown(value, depth = 0) {
    if (typeof value === "string") return JSON.stringify(value.length > 300 ? `${value.slice(0, 300)}...${value.length}` : value);
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "symbol") return String(value);
    if (Object.is(value, -0)) return "-0";
    if (typeof value !== "object" && typeof value !== "function" || value === null) return String(value);
    try {
      return depth > 3 ? "..." : within(value, depth);
    } catch (error) {
      return `!${error?.name}`;
    }
  }
  // The order of a built-in's own keys is each engine's own.
  const BUILT_IN = new Map([...CLASSES, ...Object.keys(roots)].map((root) => [holderOf(root), root]).flatMap(([holder, root]) => (typeof holder === "function" ? [[holder, root], [holder.prototype, `${root}.prototype`]] : [[holder, root]])));
  function within(value, depth) {
    if (depth > 0 || BUILT_IN.has(value)) { const name = BUILT_IN.get(value); if (name !== undefined) return `%${name}%`; }
    if (typeof value === "function") return `fn ${typeof value.name === "string" ? value.name : "?"}/${value.length}`;
    if (isClass(value, Error)) return `${value.name}{${ownKeys(value).filter((key) => key !== "stack" && key !== "message").map((key) => `${String(key)}: ${shown(value[key], depth + 1)}`)}}`;
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (isClass(value, Date)) return `Date ${value.getTime()}`;
    if (isClass(value, RegExp)) return `RegExp ${value.source} ${value.flags} ${value.lastIndex}`;
    if (isClass(value, Map) || isClass(value, Set)) return `${tag} ${shown([...value], depth + 1)}`;
    if (isClass(value, ArrayBuffer)) return `ArrayBuffer ${value.byteLength} ${value.maxByteLength} ${value.detached ? "" : shown([...new Uint8Array(value.byteLength > 64 ? value.slice(0, 64) : value)], depth + 1)}`;
    if (ArrayBuffer.isView(value)) return `${tag} ${value.byteLength} ${tag === "DataView" ? value.byteOffset : shown([...value.subarray(0, 16)], depth + 1)}`;
    if (Array.isArray(value)) return `[${value.length}: ${Object.keys(value).slice(0, 16).map((key) => (key >= 0 ? shown(value[key], depth + 1) : `${key}=${shown(value[key], depth + 1)}`) + (key >= 0 && value.length > 16 ? `@${key}` : ""))}]${Object.isFrozen(value) && value.length ? "!" : ""}`;
    if (typeof value.next === "function" && (tag.includes("Iterator") || tag === "Generator") && !tag.startsWith("Async")) {
      const items = [];
      for (let n = 0; n < 4; n++) {
        const step = value.next();
        items.push(`${shown(step.value, depth + 1)}${step.done ? "." : ""}`);
        if (step.done) break;
      }
      return `${tag} ${items}`;
    }
    const fields = ownKeys(value).slice(0, 16).map((key) => {
      const at = own(value, key);
      const flags = (at.writable ? "w" : "") + (at.enumerable ? "e" : "") + (at.configurable ? "c" : "");
      return `${String(key)}${flags === "wec" ? "" : `(${flags})`}: ${"value" in at ? shown(at.value, depth + 1) : `${shown(at.get, depth + 1)}|${shown(at.set, depth + 1)}`}`;
    });
    return `${tag}${G(value) === null ? " null" : ""}{${fields}}${Object.isExtensible(value) ? "" : "!"}`;
  }

  // A little generator of its own, so that both sides draw the same values.
  const drawn = (seed) => () => {
    seed = (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (seed ^ (seed >>> 13)) >>> 0;
  };
  const seedOf = (name) => [...name].reduce((sum, c) => (Math.imul(sum, 31) + c.codePointAt(0)) | 0, 7);

  /** The calls of one function: [names of the receiver and of the arguments, how to make them]. */
  function* calls(path) {
    const [root, place, , kind] = path;
    const draw = drawn(seedOf(label(path)));
    const isMethod = place === "prototype" || (kind !== "call" && kind !== "new" && typeof holderOf(root) === "object" && !SPACES.includes(root));
    const name = isMethod ? (RECEIVERS[root] ? root : root.endsWith("Array") ? "TypedArray" : root.endsWith("Error") ? "Error" : root) : "";
    const receivers = isMethod ? (RECEIVERS[name] ?? []).map((make, n) => [`${name}${n}`, make]) : [["itself", () => (kind === "call" ? undefined : holderOf(root))]];
    for (let n = 0; n < 4; n++) { const odd = NAMES[draw() % NAMES.length]; receivers.push([odd, VALUES[odd]]); }
    for (const [self, makeSelf] of receivers) {
      yield [self, [], makeSelf];
      for (const one of NAMES) yield [self, [one], makeSelf];
      for (let n = 0; n < 30; n++) yield [self, [NAMES[draw() % NAMES.length], NAMES[draw() % NAMES.length]], makeSelf];
      for (let n = 0; n < 10; n++) yield [self, [0, 1, 2].map(() => NAMES[draw() % NAMES.length]), makeSelf];
    }
  }

  const settled = async (value) => {
    if (!isClass(value, Promise)) return shown(value);
    const pending = {};
    let turn = Promise.resolve(pending);
    for (let n = 0; n < 12; n++) turn = turn.then((x) => x);
    try {
      const result = await Promise.race([Promise.prototype.then.call(value, (x) => [x]), turn]);
      return result === pending ? "promise" : `promise of ${shown(result[0])}`;
    } catch (error) {
      return `promise rejected ${shown(error)}`;
    }
  };

  /** Results by call of every `of`-th call of a function, from `share` on. */
  async function run(path, share = 0, of = 1) {
    const target = found(path);
    if (typeof target !== "function") return null;
    const results = {};
    let at = 0;
    for (const [self, given, makeSelf] of calls(path)) {
      if (at++ % of !== share % of) continue;
      if (path[0] === "Date" && path[2] === "" && (given.length === 0 || path[3] === "call")) continue;
      let text;
      let receiver;
      try {
        receiver = makeSelf();
        const list = given.map((name) => VALUES[name]());
        const result = path[3] === "new" ? construct(target, list) : apply(target, receiver, list);
        text = result === receiver && typeof result === "object" && result !== null ? "itself" : await settled(result);
      } catch (error) {
        text = `threw ${isClass(error, Error) ? error.name : shown(error)}`;
      }
      results[`${self}(${given})#${at}`] = self === "itself" ? text : `${text} | ${shown(receiver)}`;
    }
    return results;
  }
  return { paths, label, run, found: (path) => typeof found(path) };
})();
