// The Node modules that have a pure shim, by name, each made when first asked for.
import { denied, lacking } from "./denied.js";
import { createProcess } from "./process.js";

/** `{shims, denied, lacking}` for the catalogue; `shims` holds objects or functions that make one. */
export function nodeModules() {
  const shims = {};
  shims.process = createProcess((name) => undefined);
  return { shims, denied, lacking };
}
