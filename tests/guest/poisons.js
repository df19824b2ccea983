// Ways in which a tool can spoil the language for all code after it, by name; and works that must end as
// ever. What a way needs is taken before, since it spoils the means as well.
const defineProperty = Object.defineProperty;
const bare = (descriptor) => Object.assign(Object.create(null), descriptor);
const thrower = (name) => bare({ value() { throw new Error(`poison ${name}`); }, configurable: true, writable: true });
const trap = (name) => bare({ get() { throw new Error(`get ${name}`); }, set() { throw new Error(`set ${name}`); }, configurable: true });
const functionsOf = (holder) => Reflect.ownKeys(holder).filter((key) => {
  const found = Object.getOwnPropertyDescriptor(holder, key);
  return key !== "constructor" && found.configurable && typeof found.value === "function";
}).map((key) => ({ holder, key, descriptor: thrower(String(key)) }));
const CLASSES = [Array, String, RegExp, Map, Set, WeakMap, WeakSet, Function, Number, Promise, Symbol, Object, Date];
const METHODS = CLASSES.flatMap((Class) => functionsOf(Class.prototype));
const STATICS = [Array, Object, JSON, Reflect, Promise, String, Number, Symbol, Date, Math].flatMap(functionsOf);
const FIELDS = "kind id context callback args due repeat returned depth cleanStack extra cause left above storage store first env output failure data status headers body handle promise reason next start breakLength maxArrayLength".split(" ").map((key) => ({ holder: Object.prototype, key, descriptor: trap(key) }));
const REGEXPS = ["exec", "flags", "global", "unicode", "source", "hasIndices", "sticky", Symbol.replace, Symbol.match, Symbol.split].map((key) => ({ holder: RegExp.prototype, key, descriptor: trap(String(key)) }));
const ITERATOR = Object.getPrototypeOf([].values());
const world = globalThis;
const GLOBALS = Object.getOwnPropertyNames(globalThis).filter((name) => !/Error$|^(?:Promise|console|setTimeout|undefined|NaN|Infinity)$/.test(name));
const CONSTRUCTORS = [Array, RegExp, Object, Function, Error].map((Class) => ({ holder: Class.prototype, key: "constructor", descriptor: trap("constructor") }));
const SPECIES = [Array, Promise, RegExp, Map, Set].map((Class) => ({ holder: Class, key: Symbol.species, descriptor: trap("species") }));
const index = (holder, key, descriptor) => [{ holder, key, descriptor: bare(descriptor) }];
const setter = { get: () => "p", set() { throw new Error("set"); }, configurable: true };
const all = (list) => () => { for (let i = 0; i < list.length; i++) defineProperty(list[i].holder, list[i].key, list[i].descriptor); };

const POISONS = {
  nothing() {},
  "read-only element of arrays": all(index(Array.prototype, "0", { value: "p", configurable: true })),
  "accessor element of arrays": all(index(Array.prototype, "0", setter)),
  "accessor of the second element": all(index(Array.prototype, "1", setter)),
  "accessor element of objects": all(index(Object.prototype, "0", setter)),
  "fields of objects": all(FIELDS),
  methods: all(METHODS),
  statics: all(STATICS),
  "regular expressions": all(REGEXPS),
  iterators: all([{ holder: ITERATOR, key: "next", descriptor: thrower("next") }, { holder: Array.prototype, key: Symbol.iterator, descriptor: thrower("iterator") }]),
  constructors: all(CONSTRUCTORS),
  species: all(SPECIES),
  frozen: () => { for (const Class of [...CLASSES, Error]) { Object.freeze(Class.prototype); Object.freeze(Class); } },
  globals: () => { for (let i = 0; i < GLOBALS.length; i++) world[GLOBALS[i]] = undefined; },
  errors: all(["name", "message", "stack"].map((key) => ({ holder: Error.prototype, key, descriptor: trap(key) }))),
};
const made = { map: new Map([[1, 2]]), cycle: {}, rejected: () => Promise.reject(new Error("why")), nativeFetch: fetch, wait: setTimeout };
made.cycle.inside = [{ above: made.cycle }];
const rejecting = Promise.reject.bind(Promise);
const { log } = console;
const WORKS = {
  result: async () => ({ a: [1, [2, { b: null }]], c: "x" }),
  "awaited result": async () => { await null; return { a: [1] }; },
  "promise of a result": () => new Promise((done) => done([1])),
  thenable: () => ({ then(done) { done({ z: 1 }); } }),
  nothing: async () => undefined,
  generator: () => (async function* () { yield 1; yield { z: [3] }; })(),
  thrown: async () => { throw new TypeError("boom"); },
  "thrown text": async () => { throw "text"; },
  cycle: async () => made.cycle,
  bigint: async () => ({ a: [1, 1n] }),
  timer: async () => { await new Promise((done) => made.wait(done, 1)); return 2; },
  console: async () => { log("line", 1, { a: [1, 2] }, made.map, /x/); return 1; },
  denied: async () => { await made.nativeFetch("https://a.test/"); },
  "never settled": () => new Promise(() => {}),
  "never settled, with a rejection": () => { rejecting(new Error("why")); return new Promise(() => {}); },
  overflow: async () => { const down = () => down() + 1; return down(); },
};
exports.agents = { main: { tools: { t: { execute: ({ poison, work }) => { POISONS[poison](); return WORKS[work](); } }, list: { execute: () => [Object.keys(POISONS), Object.keys(WORKS)] } } } };
