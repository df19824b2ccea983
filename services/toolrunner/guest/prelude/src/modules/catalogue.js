// Every module that a bundle can import: real ones, shims, stand-ins that refuse.
import { deniedError, notAvailable } from "../core/errors.js";
import { deniedNames } from "../node/denied-names.js";
import ai, { loopRefused } from "./ai.js";
import * as lightfast from "./lightfast.js";
import { inertModule, mastraCore, mastraRefused } from "./mastra.js";
import { agentsRefused, openaiAgents } from "./openai-agents.js";
import { providerModule } from "./providers.js";
import { loadZod } from "./zod.js";

const PROVIDER = /^@ai-sdk\/([\w-]+)$/;
const NOT_MODELS = new Set(["react", "vue", "svelte", "angular", "rsc", "ui-utils", "mcp"]);
const OPENAI_AGENTS = /^@openai\/agents(?:-core|-openai|-extensions)?(?:\/|$)/;
const FOREIGN_PROVIDER = /(?:^|[/-])(?:ai-sdk|ai)-provider(?:$|[/-])/;

const refusedByName = (name) => () =>
  notAvailable(
    `the bundle imports "${name}", which the sandbox does not have: bundle it in, or do without it`,
  );

function providerEntry(specifier, name) {
  const { named, module } = providerModule(name);
  return { exports: named, whole: module, refuse: refusedByName(specifier), known: true, open: true };
}

function ownEntry(name, unpack) {
  if (name === "ai") return { exports: ai, refuse: loopRefused, known: true, open: true };
  if (name === "@ai-sdk/provider-utils" || name === "@ai-sdk/provider") {
    return { exports: ai, refuse: loopRefused, known: true };
  }
  if (name === "lightfast" || name.startsWith("lightfast/")) {
    const refuse = (path) =>
      notAvailable(`"${path}" is not available in the sandbox: serving agents belongs to Caisson`);
    return { exports: { ...lightfast }, refuse, known: true };
  }
  if (OPENAI_AGENTS.test(name)) return { exports: openaiAgents, refuse: agentsRefused, known: true };
  if (name === "@mastra/core" || name.startsWith("@mastra/core/")) {
    return { exports: mastraCore, refuse: mastraRefused, known: true };
  }
  if (name.startsWith("@mastra/")) {
    return { exports: {}, whole: inertModule(), refuse: mastraRefused, known: true, open: true };
  }
  const zod = loadZod(name, unpack);
  return zod && { exports: { ...zod }, refuse: refusedByName(name), known: true };
}

function modelEntry(name) {
  const provider = PROVIDER.exec(name);
  if (provider && !NOT_MODELS.has(provider[1])) return providerEntry(name, provider[1]);
  return FOREIGN_PROVIDER.test(name) ? providerEntry(name, name.split("/").at(-1)) : undefined;
}

function nodeEntry(specifier, { shims, denied, lacking }) {
  const name = specifier.replace(/^node:/, "");
  const real = Object.hasOwn(shims, name) ? shims[name] : undefined;
  const { exports = {}, whole } = real?.() ?? {};
  if (Object.hasOwn(denied, name)) {
    const refuse = (path) =>
      deniedError(`this tool called ${path.replace(/^node:/, "")}: ${denied[name]}`);
    return { exports, refuse, known: true, open: true, names: deniedNames[name] };
  }
  const refuse = (path) => notAvailable(`${path.replace(/^node:/, "")} of Node is not available in the sandbox`);
  const known = real !== undefined || lacking.has(name);
  return known ? { exports, whole, refuse, known } : undefined;
}

/**
 * Makes `catalogue(specifier)`, which the resolver describes, for any bare module. `node` holds the
 * shims of Node's modules by name, what is denied with its reason, and what is merely lacking;
 * `unpack(name)` evaluates a packed package.
 */
export function createCatalogue(node, unpack) {
  const entries = new Map();
  function find(specifier) {
    const found = ownEntry(specifier, unpack) ?? nodeEntry(specifier, node) ?? modelEntry(specifier);
    return found ?? { exports: {}, refuse: refusedByName(specifier), known: false, open: true };
  }
  return function catalogue(specifier) {
    if (!entries.has(specifier)) entries.set(specifier, find(specifier));
    return entries.get(specifier);
  };
}
