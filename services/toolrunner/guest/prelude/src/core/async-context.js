// The asynchronous context: which store each AsyncLocalStorage has for the running job. The engine
// hands it on to reactions of promises and to jobs (patches/01-async-context.patch); whatever else
// calls a function later keeps the context itself: `inContext(context, ...)`.
//
// A context is undefined until a storage is used, then a frame {first}: a list of {storage, store,
// next}, newest first. Frames are never changed but by `forget`, and are made of objects without a
// prototype, so that nothing of a program runs when they are read.
import { apply } from "./primordials.js";

let read = () => undefined;
let write = () => {};

/** Take the engine's functions; called once, at boot. */
export function asyncContextFrom(native) {
  read = native.asyncContext;
  write = native.setAsyncContext;
}

/** The context of the running job. */
export const currentContext = () => read();

/** Call a function in a context that was kept, and come back to this one. */
export function inContext(context, callback, self, args) {
  const before = read();
  write(context);
  try {
    return apply(callback, self, args);
  } finally {
    write(before);
  }
}

function entryOf(storage) {
  for (let entry = read()?.first; entry !== undefined; entry = entry.next) {
    if (entry.storage === storage) return entry;
  }
  return undefined;
}

// A copy of the list without one storage: what comes after its entry is shared.
function without(entry, storage) {
  if (entry === undefined) return undefined;
  if (entry.storage === storage) return entry.next;
  return { __proto__: null, storage: entry.storage, store: entry.store, next: without(entry.next, storage) };
}

/** The store of a storage, as {store}, or undefined when the context has none. */
export const storeIn = entryOf;

/** Set the store of a storage for the rest of the running job, and what it starts. */
export function enterStore(storage, store) {
  const first = read()?.first;
  const next = entryOf(storage) === undefined ? first : without(first, storage);
  write({ __proto__: null, first: { __proto__: null, storage, store, next } });
}

/** Take a storage out of the current frame, also where that frame is kept. */
export function forget(storage) {
  const frame = read();
  if (frame !== undefined && entryOf(storage) !== undefined) frame.first = without(frame.first, storage);
}
