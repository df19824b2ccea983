// Globals of Node that the sandbox lacks: they throw when used. What Node lacks too, such as
// XMLHttpRequest, is undefined, since programs detect features.
import { deniedError, notAvailable } from "../core/errors.js";
import { standIn } from "../load/standins.js";

const NETWORK = ["WebSocket"];
const LACKING = ["BroadcastChannel"];

const denied = (path) => deniedError(`this tool used ${path}: the sandbox has no sockets`);
const lacking = (path) => notAvailable(`this tool used ${path}, which is not available in the sandbox`);

/** The stand-ins by name; globals of the engine itself are kept. */
export function unavailableGlobals() {
  const globals = {};
  for (const name of NETWORK) globals[name] = standIn(name, denied);
  for (const name of LACKING) if (!(name in globalThis)) globals[name] = standIn(name, lacking);
  return globals;
}
