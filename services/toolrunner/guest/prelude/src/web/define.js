// Defines globals as the engine defines its own: writable, not enumerable.

// The bundler renames classes on conflicts: `_Event`, `ReadableStream2`.
function giveName(value, key) {
  if (typeof value !== "function" || value.name === key) return;
  if (value.name.replace(/^_+|\d+$/g, "") !== key.replace(/\d+$/, "")) return;
  if (Object.getOwnPropertyDescriptor(value, "name")?.configurable !== true) return;
  Object.defineProperty(value, "name", { value: key, configurable: true });
}

/** Define globals that are not enumerable, as built-ins are. */
export function defineGlobals(values) {
  for (const key of Reflect.ownKeys(values)) {
    const value = values[key];
    if (typeof key === "string") giveName(value, key);
    Object.defineProperty(globalThis, key, { value, writable: true, configurable: true, enumerable: false });
  }
}
