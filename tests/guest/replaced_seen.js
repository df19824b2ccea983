// What a program sees of built-ins that it has replaced itself, each in a realm of its own.
const own = Object.getOwnPropertyDescriptor;
const shown = (found) => found && Object.keys(found).map((key) => `${key}:${typeof found[key]}`).join();
const SEEN = {
  assigned: () => { Array.prototype.at = () => "mine"; return [[1].at(0), shown(own(Array.prototype, "at")), Object.keys(Array.prototype)]; },
  defined: () => { Object.defineProperty(Map.prototype, "get", { value: () => "mine" }); return [new Map().get(1), shown(own(Map.prototype, "get")), own(Map.prototype, "get").writable]; },
  accessor: () => { Object.defineProperty(Map.prototype, "size", { get: () => "mine" }); return [new Map().size, shown(own(Map.prototype, "size"))]; },
  "accessor of a method": () => { Object.defineProperty(String.prototype, "trim", { get() { return () => `mine ${this}`; } }); return [" a ".trim(), shown(own(String.prototype, "trim"))]; },
  "value of an accessor": () => { Object.defineProperty(Map.prototype, "size", { value: 7 }); return [new Map().size, shown(own(Map.prototype, "size"))]; },
  "twice and back": () => {
    const was = Array.prototype.push;
    Array.prototype.push = () => "first"; const first = [].push(1);
    Array.prototype.push = () => "second"; const second = [].push(1);
    Array.prototype.push = was; const list = []; list.push(1);
    return [first, second, list, Array.prototype.push === was, shown(own(Array.prototype, "push"))];
  },
  deleted: () => { delete Array.prototype.flat; return ["flat" in [], typeof [].flat, own(Array.prototype, "flat") === undefined]; },
  "deleted after": () => { Array.prototype.flat = 1; delete Array.prototype.flat; return ["flat" in [], [].flat === undefined]; },
  "locale texts of elements": () => {
    "use strict";
    for (const { prototype } of [Boolean, Symbol, Object, Function, RegExp]) prototype.toString = function () { return typeof this; };
    return [[true, Symbol(), {}, () => 1, /a/, Object(true)].toLocaleString(), true.toLocaleString(), new Uint8Array(2).toLocaleString()];
  },
  "locale texts of elements by an accessor": () => {
    "use strict";
    const seen = [];
    Object.defineProperty(Boolean.prototype, "toString", { get() { seen.push([].concat(this).length); return () => `mine ${typeof this}`; } });
    return [[true, false].toLocaleString(), seen];
  },
  "read-only": () => {
    Object.defineProperty(Array.prototype, "at", { value: () => "mine", writable: false });
    const list = [1]; let threw = "";
    try { (() => { "use strict"; list.at = 1; })(); } catch (error) { threw = error.name; }
    try { (() => { "use strict"; Array.prototype.at = 1; })(); } catch (error) { threw += error.name; }
    return [list.at(0), Object.hasOwn(list, "at"), threw];
  },
  "set without a throw": () => {
    "use strict";
    const set = (holder, name, replacement) => {
      Object.defineProperty(holder, name, replacement);
      const to = Object.create(holder);
      return [Reflect.set(to, name, 1), Reflect.set(holder, name, 1, {}), Reflect.set(holder, name, 1, 5), Object.keys(to)];
    };
    return [set(Array.prototype, "at", { value: 1, writable: false }), set(Map.prototype, "get", { value: 1 }), set(Map.prototype, "size", { get: () => 1 }), set(Set.prototype, "size", { set() {} })];
  },
  "assigned to primitives and sealed objects": () => {
    "use strict";
    const tried = (act) => { try { return act(); } catch (error) { return error.name; } };
    Number.prototype.toFixed = 1; String.prototype.at = 1; Array.prototype.at = 1;
    const sealed = Object.preventExtensions([]), readOnly = Object.defineProperty([], "at", { value: 2 });
    return [() => { (5).toFixed = 2; }, () => { "a".at = 2; }, () => { sealed.at = 2; }, () => { readOnly.at = 3; }, () => Reflect.set(sealed, "at", 2), () => Reflect.set(readOnly, "at", 3)].map(tried);
  },
  "assigned to by super": () => {
    Map.prototype.get = 1;
    class Mine extends Map { put() { super.get = 2; return Object.hasOwn(this, "get"); } }
    return [new Mine().put(), Map.prototype.get];
  },
  "not configurable": () => {
    Object.defineProperty(Array.prototype, "at", { value: () => "mine", configurable: false, writable: false });
    try { Object.defineProperty(Array.prototype, "at", { value: 1 }); return "defined"; } catch (error) { return [error.name, [].at(0), delete Object.assign({}, own(Array.prototype, "at")).value]; }
  },
  "assigned to what inherits": () => { Array.prototype.at = () => "mine"; const list = [1]; list.at = 5; return [list.at, own(list, "at"), [2].at(0)]; },
  "inherited with a receiver": () => { Map.prototype.get = function () { return this.tag; }; class Tagged extends Map { tag = "t"; } return new Tagged().get(1); },
  "setter that is inherited": () => { let got; Object.defineProperty(Object.prototype, "valueOf", { set(x) { got = x; }, get: () => () => 3, configurable: true }); const a = {}; a.valueOf = 4; return [got, Object.keys(a), +a]; },
  "Reflect.set": () => { Array.prototype.at = 1; const to = {}; return [Reflect.set(Array.prototype, "at", 2, to), to.at, Array.prototype.at, Reflect.set(Array.prototype, "at", 3), Array.prototype.at]; },
  "Reflect.get": () => { Object.defineProperty(Map.prototype, "size", { get() { return this.n; } }); return Reflect.get(Map.prototype, "size", { n: 6 }); },
  frozen: () => { Array.prototype.at = () => "mine"; Object.freeze(Array.prototype); return [Object.isFrozen(Array.prototype), [].at(0), shown(own(Array.prototype, "push")), own(Array.prototype, "push").writable]; },
  sealed: () => { Object.seal(Map.prototype); Map.prototype.get = () => "mine"; return [Object.isSealed(Map.prototype), new Map().get(1), delete Map.prototype.get === false]; },
  names: () => { const before = Reflect.ownKeys(Set.prototype).length; Set.prototype.has = 1; return Reflect.ownKeys(Set.prototype).length - before; },
  copied: () => { Math.max = () => "mine"; return [{ ...Math }, Object.assign({}, Object.getOwnPropertyDescriptors(Math)).max.value(), Math.max(1)]; },
  enumerable: () => { Object.defineProperty(Math, "max", { enumerable: true, value: () => "mine" }); return [Object.keys(Math), { ...Math }.max()]; },
  statics: () => { Object.keys = () => ["mine"]; return Object.keys({}); },
  "used by built-ins": () => { Array.prototype[Symbol.iterator] = function* () { yield "mine"; }; return [[...[1, 2]], Array.from([1]), new Set([1]).size]; },
  "toJSON of a date": () => { Date.prototype.toJSON = () => "mine"; return JSON.stringify([new Date(0)]); },
  "toJSON that is added": () => { BigInt.prototype.toJSON = function () { return `${this}n`; }; return JSON.stringify({ a: 1n }); },
  then: async () => { const was = Promise.prototype.then; const given = Promise.resolve(1); let count = 0; Promise.prototype.then = function (...of) { if (this === given) count++; return was.apply(this, of); }; await new Promise((done) => done(given)); return count; },
  "lookups of getters": () => { Map.prototype.get = 1; return [Map.prototype.__lookupGetter__("get"), Object.prototype.propertyIsEnumerable.call(Map.prototype, "get"), Map.prototype.hasOwnProperty("get")]; },
  proxy: () => { Array.prototype.at = () => "mine"; const seen = new Proxy(Array.prototype, {}); return [shown(own(seen, "at")), seen.at(0)]; },
  "given to a callback": () => { Array.prototype.map = () => "mine"; return structuredClone({ a: [1].map((x) => x) }); },
};
