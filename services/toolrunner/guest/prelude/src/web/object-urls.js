// URL.createObjectURL: addresses of blobs within the sandbox, which node:buffer and fetch can open.
import { URL } from "whatwg-url";
import { Blob } from "./blob.js";

const PREFIX = "blob:nodedata:";
const MOST = 10_000;
const blobs = new Map();

function invalid(name, expected) {
  return Object.assign(new TypeError(`The "${name}" argument must be ${expected}.`), { code: "ERR_INVALID_ARG_TYPE" });
}

const members = {
  createObjectURL(blob) {
    if (!(blob instanceof Blob)) throw invalid("obj", "an instance of Blob");
    if (blobs.size >= MOST) throw new RangeError(`more than ${MOST} object URLs; revoke some`);
    const id = crypto.randomUUID();
    blobs.set(id, blob);
    return `${PREFIX}${id}`;
  },
  revokeObjectURL(url) {
    if (arguments.length === 0) throw Object.assign(new TypeError('The "url" argument must be specified'), { code: "ERR_MISSING_ARGS" });
    blobs.delete(`${url}`.slice(PREFIX.length));
  },
};
for (const [name, value] of Object.entries(members)) {
  Object.defineProperty(URL, name, { value, writable: true, enumerable: true, configurable: true });
}

/** The blob at such an address, or undefined. */
export const blobOfUrl = (url) => (url.startsWith(PREFIX) ? blobs.get(url.slice(PREFIX.length)) : undefined);
