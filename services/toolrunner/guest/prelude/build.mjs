// Bundles src/entry.js into one script whose completion value is `(native) => handlers`, and what it unpacks
// when needed into a file of data. Usage: node build.mjs OUTFILE DATA INPUTS; INPUTS becomes the list of the
// files whose code is in them.
// The same sources and lock file give the same bytes.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { glob, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { intlData } from "./icu/data.mjs";

const here = dirname(fileURLToPath(import.meta.url));

const SETTINGS = {
  absWorkingDir: here,
  bundle: true,
  metafile: true,
  write: false,
  platform: "neutral",
  conditions: ["import", "module", "default"],
  mainFields: ["module", "main"],
  target: "es2023",
  charset: "utf8",
  legalComments: "none",
  minifyWhitespace: true,
  minifySyntax: true,
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  logLevel: "warning",
};

// Packages replaced by something smaller; the README's table says why.
const ALIASES = {
  tr46: join(here, "src/web/host-names.js"),
  "@exodus/bytes/encoding.js": "@exodus/bytes/encoding-lite.js",
  "safe-buffer": "buffer",
};

// Brotli's dictionary is carried in its own compression.
const dictionary = {
  name: "dictionary",
  setup({ onResolve }) {
    onResolve({ filter: /\/dictionary-data\.js$/ }, ({ resolveDir }) => ({ path: join(resolveDir, "dictionary-browser.js") }));
  },
};

// The package `url` parses queries with node:querystring, as Node's does; the others are never used here.
const PACKED_ALIASES = {
  qs: join(here, "src/packed/query-strings.cjs"),
  "glob-to-regex.js": join(here, "src/packed/glob-to-regex.js"),
  "@jsonjoy.com/fs-print": join(here, "src/packed/nothing.js"),
  "@jsonjoy.com/fs-snapshot": join(here, "src/packed/nothing.js"),
};

// The files whose code is in the prelude, packed ones included.
const inputs = new Set();

function remember({ outputs }) {
  for (const output of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      if (bytesInOutput > 0) inputs.add(file);
    }
  }
}

// What a packed package takes from the sandbox instead of bundling its own.
// `sandbox` is what src/node/internals.js shares with them.
const FROM_SANDBOX = [
  "buffer", "events", "process", "string_decoder", "abort-controller", "sandbox", "child_process", "readline", "vm",
  "crypto", "querystring", "path", "node:buffer", "node:events", "node:path", "node:stream", "node:url",
];

// Node's modules take `stream` from each other; the package behind it has files of that name.
const TAKES_STREAM = /packed\/(node\/|files\.js)/;
const outside = (path) => (TAKES_STREAM.test(path) ? [...FROM_SANDBOX, "stream", "punycode"] : FROM_SANDBOX);

// Large, and nothing of it shows the names of its functions: those that do are given by hand.
const SHORTENED = new Set(["src/packed/files.js"]);

// `import place from "packed:./file.js"` returns where a bundle of that file lies in the data (src/packed/load.js).
const texts = new Map();
const packed = {
  name: "packed",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^packed:/ }, ({ path, resolveDir }) => ({
      path: relative(here, join(resolveDir, path.slice("packed:".length))),
      namespace: "packed",
    }));
    onLoad({ filter: /.*/, namespace: "packed" }, async ({ path }) => {
      const external = outside(path).flatMap((name) => [name, `${name}/`]);
      const own = { format: "cjs", external, alias: PACKED_ALIASES, plugins: [dictionary], minifyIdentifiers: SHORTENED.has(path) };
      const settings = { ...SETTINGS, entryPoints: [join(here, path)], ...own };
      const { outputFiles, metafile } = await build(settings);
      remember(metafile);
      texts.set(path, `((module, exports, require) => {${outputFiles[0].text}})`);
      return { contents: `export default PACKED[${JSON.stringify(path)}]`, loader: "js" };
    });
  },
};

// undici's fetch classes without its network client: src/web/undici replaces its core and the Node
// modules that it imports.
const undici = {
  name: "undici",
  setup({ onResolve }) {
    const from = /[\\/]node_modules[\\/]undici[\\/]/;
    const swap = (filter, file) =>
      onResolve({ filter }, ({ importer }) => (from.test(importer) ? { path: join(here, file) } : undefined));
    swap(/^node:/, "src/web/undici/platform.cjs");
    swap(/\/core\/util$/, "src/web/undici/core.cjs");
  },
};

// The package's URL throws errors without the codes of Node's: src/web/url-impl.js wraps what is behind it.
const urls = {
  name: "urls",
  setup({ onResolve }) {
    const from = /[\\/]node_modules[\\/]whatwg-url[\\/]/;
    onResolve({ filter: /\/URL-impl\.js$/ }, ({ importer }) => (from.test(importer) ? { path: join(here, "src/web/url-impl.js") } : undefined));
  },
};

// Whose licence the locale data is under: a package of the same data, for its text.
inputs.add("node_modules/cldr-bcp47/package.json");

// The locale data takes seconds to make, so it is kept beside the packages.
async function localeData() {
  const hash = createHash("sha256").update(JSON.stringify(process.versions));
  for (const file of (await Array.fromAsync(glob("icu/*.mjs", { cwd: here }))).sort()) hash.update(await readFile(join(here, file)));
  const key = hash.digest("hex");
  const cache = join(here, "intl-data.cache.json");
  const kept = await readFile(cache, "utf8").then(JSON.parse, () => undefined);
  if (kept?.key === key) return kept.data;
  const data = intlData(process.execPath);
  await writeFile(cache, JSON.stringify({ key, data }));
  return data;
}

// Puts pieces of data one behind the other, each with a zero that ends it as C wants text to end; a place is
// the start and the length of one, as one number.
class Data {
  pieces = [];
  size = 0;

  place(bytes) {
    if (bytes.length >= 2 ** 20) throw new Error(`a piece of data has ${bytes.length} bytes`);
    const at = this.size;
    this.pieces.push(bytes, Buffer.alloc(1));
    this.size += bytes.length + 1;
    return at * 2 ** 20 + bytes.length;
  }
}

const placesIn = (data, entries, encoding) =>
  JSON.stringify(Object.fromEntries(entries.map(([key, text]) => [key, data.place(Buffer.from(text, encoding))])));

// One function around everything and no more: the engine keeps the text of each function, and again
// for nested functions.
function wrapped(text, { core, chunks }) {
  const EXPORT = /export\{(?:(\w+) as )?boot\};/;
  if (!EXPORT.test(text)) throw new Error("the bundle does not export boot");
  const body = text.replace(EXPORT, (whole, name) => `return ${name ?? "boot"};`);
  const data = new Data();
  const packedPlaces = placesIn(data, [...texts].sort(([one], [two]) => (one < two ? -1 : 1)), "utf8");
  const intl = `{core:${JSON.stringify(core)},places:${placesIn(data, Object.entries(chunks), "latin1")}}`;
  const script = `((PACKED, INTL_DATA) => {"use strict";${body}})(${packedPlaces}, ${intl})\n`;
  return { script, bytes: Buffer.concat(data.pieces) };
}

async function main(outfile, dataFile, inputsFile) {
  const { outputFiles, metafile } = await build({
    ...SETTINGS,
    entryPoints: ["src/entry.js"],
    format: "esm",
    alias: ALIASES,
    plugins: [packed, undici, urls],
  });
  remember(metafile);
  const { script, bytes } = wrapped(outputFiles[0].text, await localeData());
  await writeFile(outfile, script);
  await writeFile(dataFile, bytes);
  await writeFile(inputsFile, JSON.stringify([...inputs].sort()));
}

if (process.argv.length !== 5) {
  console.error("usage: node build.mjs OUTFILE DATA INPUTS");
  process.exit(2);
}
await main(...process.argv.slice(2));
