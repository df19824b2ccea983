// Bundles each client for Node in the form that it is given for: node build.mjs FOLDER FORM...
import { basename, join } from "node:path";
import { readdirSync } from "node:fs";
import { build } from "esbuild";

const [folder, ...forms] = process.argv.slice(2);
// The clients that are there in two versions, by the name of the file that calls them.
const VERSIONS = { got: ["got", "got-11"], "node-fetch": ["node-fetch", "node-fetch-2"], undici: ["undici", "undici-6"] };
const REQUIRE = 'import { createRequire as madeRequire } from "node:module"; const require = madeRequire(import.meta.url);';

async function bundle(file, name, form) {
  const [format, how] = form.split("-");
  await build({
    stdin: {
      contents: `import { call } from "./clients/${file}.mjs";
        export const agents = { main: { tools: { call: { execute: call } } } };`,
      resolveDir: ".",
    },
    outfile: join(folder, form, `${name}.${format === "esm" ? "mjs" : "cjs"}`),
    bundle: true,
    platform: "node",
    format,
    minify: how === "min",
    alias: { CLIENT: name },
    banner: format === "esm" ? { js: REQUIRE } : {},
    logLevel: "error",
  });
}

for (const file of readdirSync("clients").map((each) => basename(each, ".mjs"))) {
  if (file === "seen") continue;
  for (const name of VERSIONS[file] ?? [file]) for (const form of forms) await bundle(file, name, form);
}
