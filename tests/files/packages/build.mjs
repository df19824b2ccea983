// Bundles every tool with what it imports, as people bundle for Node: node build.mjs FOLDER
import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2];
// What packages in CommonJS need in an ES module.
const REQUIRE = 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';
// These read __filename or __dirname, which an ES module has not, or try an addon that is left out.
const ONLY_COMMONJS = new Set(["atomic", "globs", "nconf", "node-localstorage"]);

for (const file of readdirSync("tools")) {
  const name = basename(file, ".mjs");
  for (const isModule of [false, true]) {
    if (isModule && ONLY_COMMONJS.has(name)) continue;
    await build({
      stdin: {
        contents: `import { call } from ${JSON.stringify(`./tools/${file}`)};
          export const agents = { main: { tools: { call: { execute: call } } } };`,
        resolveDir: resolve("."),
      },
      outfile: join(folder, `${name}.${isModule ? "mjs" : "cjs"}`),
      bundle: true,
      minify: !isModule,
      format: isModule ? "esm" : "cjs",
      platform: "node",
      banner: isModule ? { js: REQUIRE } : {},
      logLevel: "error",
    });
  }
}
