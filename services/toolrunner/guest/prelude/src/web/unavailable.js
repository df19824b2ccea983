// Globals of Node that the sandbox lacks: they throw when used. What Node lacks too, such as
// XMLHttpRequest, is undefined, since programs detect features.
import { deniedError } from "../core/errors.js";
import { standIn } from "../load/standins.js";

const NETWORK = ["WebSocket"];

const denied = (path) => deniedError(`this tool used ${path}: the sandbox has no sockets`);

/** The stand-ins by name; globals of the engine itself are kept. */
export function unavailableGlobals() {
  const globals = {};
  for (const name of NETWORK) globals[name] = standIn(name, denied);
  return globals;
}
