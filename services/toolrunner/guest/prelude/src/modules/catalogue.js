// Every module that a bundle can import: real ones, shims, and stand-ins that refuse use.
import { missingModule, notAvailable } from "../core/errors.js";
import { parsed } from "../dispatch/input.js";
import { question } from "../frameworks/index.js";
import { quietNature } from "../load/quiet.js";
import { inertUntilCalled } from "../load/standins.js";
import { loadZod } from "./zod.js";

const frameworkEntry = question("entryOf");

function ownEntry(name, unpack) {
  const zod = loadZod(name, unpack);
  return zod && { exports: { ...zod }, refuse: missingModule(name), known: true };
}

function nodeEntry(specifier, { shims, lacking }) {
  const name = specifier.replace(/^node:/, "");
  const real = Object.hasOwn(shims, name) ? shims[name] : undefined;
  const { exports = {}, whole } = real?.() ?? {};
  const refuse = (path) => notAvailable(`${path.replace(/^node:/, "")} of Node is not available in the sandbox`);
  const known = real !== undefined || lacking.has(name);
  return known ? { exports, whole, refuse, known, absent: lacking.has(name) } : undefined;
}

/**
 * Makes `catalogue(specifier)` (see the resolver) for any bare module. `node` holds the shims of
 * Node's modules by name, and missing ones; `unpack(name)` evaluates a packed package.
 */
export function createCatalogue(node, unpack) {
  const entries = new Map();
  function find(specifier) {
    const own = ownEntry(specifier, unpack) ?? nodeEntry(specifier, node);
    if (own !== undefined) return own;
    const refuse = missingModule(specifier);
    const found = frameworkEntry(specifier, parsed) ?? { exports: {}, refuse, known: false, open: true };
    const nature = quietNature(specifier, found.refuse, found.watches) ?? inertUntilCalled(found.refuse);
    return { nature, ...found };
  }
  return function catalogue(specifier) {
    if (!entries.has(specifier)) entries.set(specifier, find(specifier));
    return entries.get(specifier);
  };
}
