// Classes of node:crypto are streams as well, which few programs use: an object becomes one when a
// member of streams is asked of it, since `stream` is a large package.

/** A parent of prototypes; `begin(object)` is called as it becomes a Transform or Writable. */
function lazyStream(kind) {
  let Stream;
  const becoming = new Proxy(Object.prototype, {
    get(target, key, receiver) {
      if (key in target || typeof key === "symbol" || key === "then" || key === "toJSON") return Reflect.get(target, key, receiver);
      return become(receiver) ? receiver[key] : undefined;
    },
    getPrototypeOf() {
      return resolved().prototype;
    },
  });
  function resolved() {
    Stream ??= require("stream")[kind];
    return Stream;
  }
  function become(object) {
    if (object === null || typeof object !== "object" || Object.hasOwn(object, "_writableState")) return false;
    const StreamClass = resolved();
    const prototype = Object.getPrototypeOf(object);
    let last = prototype;
    while (last[OWN] !== undefined && !Object.hasOwn(last, OWN)) last = Object.getPrototypeOf(last);
    Object.setPrototypeOf(last, StreamClass.prototype);
    StreamClass.call(object, object._streamOptions);
    return true;
  }
  function Base(options) {
    Object.defineProperty(this, "_streamOptions", { value: options, writable: true, configurable: true });
    if (Stream !== undefined && this instanceof Stream) Stream.call(this, options);
  }
  Base.prototype = Object.create(becoming, { constructor: { value: Base, writable: true, configurable: true }, [OWN]: { value: true } });
  // Objects that were made before the first of them became a stream.
  for (const key of ["_readableState", "_writableState"]) {
    Object.defineProperty(Base.prototype, key, {
      configurable: true,
      get() {
        if (!(this instanceof Base)) return undefined;
        resolved().call(this, this._streamOptions);
        return Object.getOwnPropertyDescriptor(this, key)?.value;
      },
      set(value) {
        Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
      },
    });
  }
  return Base;
}
const OWN = Symbol("base of a lazy stream");

module.exports = { lazyStream };
