// Node modules that reach outside the sandbox. Importing them works; using them is refused.
import { NO_NETWORK } from "./refusal.js";

/** Why each module is denied. */
export const denied = {
  dgram: NO_NETWORK,
};

/** Modules that this Node does not have: `require` fails as Node's own does, imports get stand-ins. */
export const lacking = new Set(["sqlite"]);
