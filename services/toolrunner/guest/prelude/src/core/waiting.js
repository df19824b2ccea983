// Waiting for a promise of the bundle without looking up anything on it: `await` reads `constructor`,
// `then` its species as well, and a bundle may have replaced both.
import { NativePromise } from "./primordials.js";

let observe;

/** Take the engine's function; called once, at boot. */
export function waitingFrom(native) {
  observe = native.observe;
}

/**
 * Call `done(value)` or `failed(error)` later, once a value has settled: a promise, a thenable, or
 * anything else. What `done` throws goes to `failed`.
 */
export function whenSettled(value, done, failed) {
  const guarded = (result) => {
    try {
      done(result);
    } catch (error) {
      failed(error);
    }
  };
  if (observe(value, guarded, failed)) return;
  observe(new NativePromise((resolve) => resolve(value)), guarded, failed);
}
