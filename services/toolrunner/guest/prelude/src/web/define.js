// Puts a value on the global object as the engine puts its own: writable, not enumerable.

/** Define globals that are not enumerable, as built-ins are. */
export function defineGlobals(values) {
  for (const key of Reflect.ownKeys(values)) {
    Object.defineProperty(globalThis, key, {
      value: values[key],
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}
