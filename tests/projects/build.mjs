// Bundles projects: node build.mjs FOLDER FORM NAME..., in a folder with sources and node_modules. FORM is esm, cjs,
// esm.min, cjs.min, or turns: minified, one project as an ES module and the next as CommonJS.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [folder, form, ...names] = process.argv.slice(2);
// The usual banners: `require` in an ES module, and `import.meta.url` in CommonJS.
const SETTINGS = {
  esm: {
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
  },
  cjs: {
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "importMetaUrl" },
  },
};
const DATABASES = ["libsql", "@libsql/*", "pg-native", "better-sqlite3"];
const MISSING = "fast-thing-that-nobody-has";
// What is left out of the bundles of a project, where it is more than the databases.
const PACKAGES = ["@mastra/*", ...DATABASES];
const WAYS = {
  archive: { archive: PACKAGES },
  mastra_starter: {
    "mastra_starter-everything": [],
    "mastra_starter-whole": DATABASES,
    "mastra_starter-packages": PACKAGES,
  },
  messages: { messages: PACKAGES },
  stores: { stores: PACKAGES },
};

async function bundle(project, name, external, format, minify) {
  await build({
    entryPoints: [["index.ts", "index.cjs"].map((file) => join("sources", project, file)).find(existsSync)],
    outfile: join(folder, `${name}.${format === "esm" ? "mjs" : "cjs"}`),
    bundle: true,
    platform: "node",
    target: "node24",
    format,
    minify,
    ...SETTINGS[format],
    external: [MISSING, ...external],
    logLevel: "error",
  });
}

let count = 0;
for (const project of readdirSync("sources").sort()) {
  for (const [name, external] of Object.entries(WAYS[project] ?? { [project]: DATABASES })) {
    if (!names.includes(name)) continue;
    count += 1;
    const [format, size] = form === "turns" ? [count % 2 ? "esm" : "cjs", "min"] : form.split(".");
    await bundle(project, name, external, format, size === "min");
  }
}
