// Bundles src/entry.js into one script whose completion value is `(native) => handlers`.
// Usage: node build.mjs OUTFILE. The same sources and lock file give the same bytes.
import { build } from "esbuild";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const outfile = process.argv[2];
if (!outfile) {
  console.error("usage: node build.mjs OUTFILE");
  process.exit(2);
}

// Packages that are swapped for something smaller; the README's table says why.
const ALIASES = {
  tr46: join(here, "src/web/idna.js"),
  "@exodus/bytes/encoding.js": "@exodus/bytes/encoding-lite.js",
  "safe-buffer": "buffer",
  "abort-controller": join(here, "src/web/abort.js"),
  process: join(here, "src/node/process.cjs"),
};

await build({
  absWorkingDir: here,
  entryPoints: ["src/entry.js"],
  outfile,
  bundle: true,
  platform: "neutral",
  conditions: ["import", "module", "default"],
  mainFields: ["module", "main"],
  format: "iife",
  globalName: "caissonPrelude",
  target: "es2023",
  charset: "utf8",
  legalComments: "none",
  minifyWhitespace: true,
  minifySyntax: true,
  alias: ALIASES,
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  banner: { js: "(() => {" },
  footer: { js: "return caissonPrelude.boot;})()" },
  logLevel: "warning",
});
