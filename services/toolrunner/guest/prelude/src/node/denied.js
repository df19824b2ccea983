// Node modules that reach outside the sandbox. Importing them works; using them is refused.
import { NO_NETWORK } from "./refusal.js";

const NO_FILES = "the sandbox has no file system; bundle the data in, or pass it as input";

/** Why each module is denied. */
export const denied = {
  fs: NO_FILES,
  "fs/promises": NO_FILES,
  net: NO_NETWORK,
  http: NO_NETWORK,
  http2: NO_NETWORK,
  https: NO_NETWORK,
  tls: NO_NETWORK,
  dgram: NO_NETWORK,
};

/** Modules that this Node does not have: `require` fails as Node's own does, imports get stand-ins. */
export const lacking = new Set(["sqlite"]);
