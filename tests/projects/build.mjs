// Bundles every project in every form: node build.mjs FOLDER, in a folder with sources and node_modules.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2];
// How packages in CommonJS get their `require` in an ES module: the usual banner.
const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
const DATABASES = ["libsql", "@libsql/*", "pg-native", "better-sqlite3"];
// Left out of the bundle, by project; `mastra_starter` is bundled in three ways.
const WAYS = {
  mastra_starter: { whole: DATABASES, packages: ["@mastra/*", ...DATABASES] },
  archive: { "": ["@mastra/*"] },
  messages: { "": ["@mastra/*"] },
};

async function bundle(project, way, external, format, minify) {
  const entry = ["index.ts", "index.cjs"].map((file) => join("sources", project, file)).find(existsSync);
  const name = [project, ...(way === "" ? [] : [way])].join("-");
  await build({
    entryPoints: [entry],
    outfile: join(folder, `${name}${minify ? ".min" : ""}.${format === "esm" ? "mjs" : "cjs"}`),
    bundle: true,
    platform: "node",
    target: "node24",
    format,
    minify,
    banner: format === "esm" ? banner : {},
    external: ["fast-thing-that-nobody-has", ...external],
    logLevel: "error",
    logOverride: { "empty-import-meta": "silent" },
  });
}

for (const project of readdirSync("sources").sort()) {
  for (const [way, external] of Object.entries(WAYS[project] ?? { "": DATABASES })) {
    for (const format of ["esm", "cjs"]) {
      for (const minify of [false, true]) await bundle(project, way, external, format, minify);
    }
  }
}
