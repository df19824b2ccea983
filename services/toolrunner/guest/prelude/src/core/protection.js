// The built-ins of the language whose members the prelude, with all packages in it, sees as they are when it has
// booted, whatever a bundle puts in their place (patches/50-protected-members.patch).
const { getPrototypeOf } = Object;

// `Error` itself is left out: its settings of stacks are for everybody.
const CLASSES = [
  Object, Function, Array, String, Number, Boolean, Symbol, BigInt, Date, RegExp, Map, Set, WeakMap, WeakSet, WeakRef,
  FinalizationRegistry, Promise, Proxy, ArrayBuffer, DataView, Iterator, getPrototypeOf(Uint8Array), Int8Array, Uint8Array,
  Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array,
  BigUint64Array,
];

// Prototypes that no global names: of iterators, and of what generators give.
function hidden() {
  const iterators = [[].values(), new Map().values(), new Set().values(), ""[Symbol.iterator](), "".matchAll(/a/g), [].values().map(String)];
  const generator = getPrototypeOf(getPrototypeOf((function* () {})()));
  const asyncGenerator = getPrototypeOf(getPrototypeOf((async function* () {})()));
  return [...iterators.map(getPrototypeOf), generator, asyncGenerator, getPrototypeOf(asyncGenerator)];
}

/** Protect them; called when the prelude has booted, before any bundle code. */
export function protectBuiltIns(native) {
  const prototypes = CLASSES.map((Class) => Class.prototype).filter((each) => each !== undefined);
  for (const each of [...CLASSES, ...prototypes, Error.prototype, JSON, Math, Reflect, ...hidden()]) native.protect(each);
}
