// What undici's fetch classes take from the core of undici, which is a network client: tokens,
// methods, and streams from iterables.
const { isDisturbed } = require("../stream-state.js");

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMALISED = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

const normalizedMethodRecordsBase = Object.assign(Object.create(null), ...NORMALISED.flatMap((method) => [
  { [method]: method },
  { [method.toLowerCase()]: method },
]));
const normalizedMethodRecords = Object.assign(Object.create(null), normalizedMethodRecordsBase, {
  patch: "patch",
  PATCH: "PATCH",
});

/** A byte stream of what an async iterable gives: bytes, or what Buffer takes. */
function ReadableStreamFrom(iterable) {
  let iterator;
  return new ReadableStream({
    type: "bytes",
    start() {
      iterator = iterable[Symbol.asyncIterator]();
    },
    async pull(controller) {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        const bytes = Buffer.from(value);
        if (bytes.byteLength === 0) continue;
        controller.enqueue(new Uint8Array(bytes));
        return;
      }
    },
    cancel: (reason) => iterator.return?.(reason),
  });
}

function addAbortListener(signal, listener) {
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

module.exports = {
  kEnumerableProperty: { __proto__: null, enumerable: true },
  isDisturbed,
  isValidHTTPToken: (text) => TOKEN.test(text),
  bufferToLowerCasedHeaderName: (bytes) => Buffer.from(bytes).toString("latin1").toLowerCase(),
  normalizedMethodRecordsBase,
  normalizedMethodRecords,
  ReadableStreamFrom,
  addAbortListener,
};
