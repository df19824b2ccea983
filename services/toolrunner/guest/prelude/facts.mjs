// Writes src/packed/node/facts.json: what Node's modules hold as plain data (constants, names of
// errors and flags), taken from the Node that runs this.
// Usage: node facts.mjs [OUTFILE]. Run it when the Node of `requirements.lock` changes.
import { writeFileSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { getSystemErrorMap } from "node:util";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const isData = (value) => ["number", "string", "boolean"].includes(typeof value);

const dataOf = (module) => Object.fromEntries(Object.entries(module).filter(([, value]) => isData(value)));

function nested(value) {
  if (isData(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nested(inner)]));
}

const os = require("node:os");
const facts = {
  builtinModules,
  constants: dataOf(require("node:constants")),
  crypto: dataOf(require("node:crypto").constants),
  dns: dataOf(require("node:dns")),
  module: nested(require("node:module").constants),
  os: nested(os.constants),
  perf_hooks: nested(require("node:perf_hooks").constants),
  process: { flags: [...process.allowedNodeEnvironmentFlags] },
  systemErrors: [...getSystemErrorMap()],
  zlib: dataOf(require("node:zlib").constants),
  zlibCodes: { ...require("node:zlib").codes },
  ciphers: require("node:crypto").getCiphers(),
  curves: require("node:crypto").getCurves(),
};

const outfile = process.argv[2] ?? join(here, "src/packed/node/facts.json");
// Each as text, which is parsed when asked for: as source, all would be compiled.
const texts = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, JSON.stringify(value)]));
writeFileSync(outfile, `${JSON.stringify(texts, null, 1)}\n`);
