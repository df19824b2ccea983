// Bundles every program as an ES module, minified, and as CommonJS: node build.mjs FOLDER
import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";

const forms = [
  { format: "esm", extension: "mjs", minify: true },
  { format: "cjs", extension: "cjs", minify: false },
];
for (const file of readdirSync("programs")) {
  for (const { format, extension, minify } of forms) {
    await build({
      stdin: {
        contents: `import { call } from ${JSON.stringify(`./programs/${file}`)};
          export const agents = { main: { tools: { call: { execute: call } } } };`,
        resolveDir: resolve("."),
      },
      outfile: join(process.argv[2], `${basename(file, ".mjs")}.${extension}`),
      bundle: true,
      minify,
      format,
      platform: "node",
      banner: format === "esm"
        ? { js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire("file:///bundle.mjs");' }
        : {},
      logLevel: "error",
    });
  }
}
