// Stand-ins: values that can be imported, passed on and inspected, and throw a clear error when
// called or constructed.

// Members that every function has, such as `bind` and `hasOwnProperty`, are the real ones, except
// the two whose getters throw for any modern function.
const POISONED = new Set(["arguments", "caller"]);
const isOfFunctions = (key) => key in Function.prototype && !POISONED.has(key);
const isPassed = (key) => typeof key === "symbol" || key === "prototype" || isOfFunctions(key);
const ABSENT = new Set(["then", "toJSON", "__esModule", "nodeType", "asymmetricMatch", "$$typeof"]);

/**
 * A callable stand-in for `path` ("pg.Pool"). `refuse(path)` makes the error. Its members are
 * stand-ins of their own, cached, so that `a.b === a.b`.
 */
export function standIn(path, refuse) {
  const members = new Map();
  const target = function () {};
  Object.defineProperty(target, "name", { value: path.split(".").at(-1) });

  function member(key) {
    if (!members.has(key)) members.set(key, standIn(`${path}.${key}`, refuse));
    return members.get(key);
  }

  function get(object, key, receiver) {
    if (isPassed(key)) return Reflect.get(object, key, receiver);
    if (ABSENT.has(key)) return undefined;
    return Object.hasOwn(object, key) ? object[key] : member(key);
  }

  // esbuild's interop copies own properties and keeps the prototype, so it must answer too.
  const parent = new Proxy(Object.create(null), {
    get: (object, key) => get(target, key),
    getPrototypeOf: () => null,
  });
  return new Proxy(target, {
    get,
    getPrototypeOf: () => parent,
    has: (object, key) => typeof key === "string" && !ABSENT.has(key),
    apply() {
      throw refuse(path);
    },
    construct() {
      throw refuse(path);
    },
  });
}

/** A module object that has `real` members and stand-ins for all others, for `require`. */
export function openModule(name, real, refuse) {
  const rest = standIn(name, refuse);
  const lookup = (key) => (Object.hasOwn(real, key) ? real[key] : rest[key]);
  const parent = new Proxy(Object.create(null), {
    get: (object, key) =>
      typeof key === "symbol" || key in Object.prototype ? Object.prototype[key] : lookup(key),
    getPrototypeOf: () => null,
  });
  return Object.assign(Object.create(parent), real);
}
