// fetch: there always. A call that was granted it asks the host, which holds the rules; any other
// is refused here.
import { fromByteArray, toByteArray } from "base64-js";
import { deniedError } from "../core/errors.js";
import { Request, Response } from "./response.js";

const NO_BODY = new Set([101, 204, 205, 304]);

function requestOf(resource, init) {
  try {
    return new Request(resource, init);
  } catch (error) {
    if (resource instanceof Request || URL.canParse(`${resource}`)) throw error;
    const text = `${resource}`.slice(0, 200);
    throw new TypeError(`fetch needs an absolute URL, not "${text}"`, { cause: error });
  }
}

// The host's answer: {status, statusText, url, redirected, headers: [[name, value]], body: base64}.
function responseOf({ status, statusText = "", url = "", redirected = false, headers = [], body = "" }) {
  const bytes = NO_BODY.has(status) ? null : toByteArray(body);
  const response = new Response(bytes, { status, statusText, headers });
  return Object.assign(response, { url, redirected, type: "basic" });
}

function untilAborted(signal, promise) {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

/** Makes `fetch` over the host calls of the running work. */
export function createFetch(calls) {
  return async function fetch(resource, init) {
    const request = requestOf(resource, init);
    if (!calls.may("fetch")) {
      throw deniedError(
        `fetch to ${new URL(request.url).host || request.url} was not granted: the sandbox has no ` +
          "network unless the caller of the agent allows a host",
      );
    }
    const { url, method, redirect, signal } = request;
    signal.throwIfAborted();
    const body = fromByteArray(await request.bytes());
    const asked = calls.ask("fetch", { url, method, headers: [...request.headers], redirect, body });
    return responseOf(await untilAborted(signal, asked));
  };
}
