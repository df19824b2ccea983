// One request of Node's HTTP client as host calls: asked whole, answered piece by piece.
import { guest } from "./guest.js";

// In base64, with headers, it fits the host's limit of 4 MiB for one request.
export const MAX_BODY_BYTES = 3_000_000;

/** The error for a body that is over the limit. */
export const tooLarge = () =>
  guest.limitExceeded(`the body of a request is larger than ${MAX_BODY_BYTES} bytes, the limit`);

/** The body of an answer as `{read(), close()}`, or null if there is none. */
function sourceOf(calls, body) {
  if (body === null || body === undefined) return null;
  let first = guest.fromBase64(body.data ?? "");
  let isOver = body.done;
  return {
    async read() {
      if (first !== null) {
        const bytes = first;
        first = null;
        if (bytes.length > 0 || isOver) return { bytes: Buffer.from(bytes), done: isOver };
      }
      const { data = "", done } = await calls.ask("fetch", { op: "read", body: body.id });
      isOver = done;
      return { bytes: Buffer.from(guest.fromBase64(data)), done };
    },
    close() {
      if (!isOver) calls.ask("fetch", { op: "close", body: body.id }).catch(() => {});
      isOver = true;
    },
  };
}

/**
 * Makes a request: `{answer, abort()}`; `answer` is a promise of `{head, source}`. Nothing is added to
 * the request, redirects are not followed, and the body comes as the server sent it.
 */
export function exchange(calls, { url, method, headers, body }) {
  const asked = { op: "request", raw: true, url, method, headers, redirect: "manual" };
  const { id, answer } = calls.start("fetch", { ...asked, body: body.length > 0 ? guest.toBase64(body) : null });
  return {
    answer: answer.then((head) => ({ head, source: sourceOf(calls, head.body) })),
    abort: () => calls.ask("fetch", { op: "abort", request: id }).catch(() => {}),
  };
}
