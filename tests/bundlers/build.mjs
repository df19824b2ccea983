// Builds every source in every form: node build.mjs OUTPUT_FOLDER, beside node_modules and sources.
// A file is named ENTRY.BUNDLER.FORMAT.STYLE.EXTENSION.
import { resolve } from "node:path";
import commonjs from "@rollup/plugin-commonjs";
import terser from "@rollup/plugin-terser";
import * as esbuild from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import webpack from "webpack";
import * as compilers from "./compilers.mjs";

const out = resolve(process.argv[2]);
const ENTRIES = {
  lightfast: "lightfast.js",
  exported: "exported.js",
  reexports: "reexports.js",
  agents: "agents.cjs",
};
const STYLES = ["readable", "minified"];
const extension = (format) => (["esm", "es", "module"].includes(format) ? "mjs" : "cjs");
const name = (entry, bundler, format, style) =>
  `${entry}.${bundler}.${format}.${style}.${extension(format)}`;
const input = (entry) => resolve("sources", ENTRIES[entry]);

async function withEsbuild(entry, style) {
  const forms = [
    { format: "esm" },
    { format: "cjs" },
    { format: "iife", globalName: "Bundle" },
    { format: "esm", target: "es2017", sourcemap: "inline", label: "mapped" },
    { format: "cjs", target: "es2015", label: "es2015" },
  ];
  for (const { label, ...form } of forms) {
    await esbuild.build({
      ...form,
      entryPoints: [input(entry)],
      outfile: resolve(out, name(entry, "esbuild", form.format, `${label ?? "plain"}-${style}`)),
      bundle: true,
      platform: "node",
      logLevel: "error",
      minify: style === "minified",
    });
  }
}

async function withRollup(entry, style) {
  const bundle = await rollup({
    input: input(entry),
    plugins: [commonjs({ transformMixedEsModules: true })],
    onLog: () => {},
  });
  for (const format of ["es", "cjs", "iife", "umd"]) {
    await bundle.write({
      format,
      name: "Bundle",
      exports: format === "es" ? "auto" : "named",
      file: resolve(out, name(entry, "rollup", format, style)),
      plugins: style === "minified" ? [terser()] : [],
    });
  }
  await bundle.close();
}

async function withRolldown(entry, style) {
  const bundle = await rolldown({ input: input(entry), platform: "node", logLevel: "silent" });
  for (const format of ["esm", "cjs", "iife", "umd"]) {
    await bundle.write({
      format,
      name: "Bundle",
      exports: "named",
      file: resolve(out, name(entry, "rolldown", format, style)),
      minify: style === "minified",
    });
  }
  await bundle.close();
}

async function withWebpack(entry, style) {
  const modules = { "commonjs2": {}, "module": {}, "umd": { name: "Bundle" }, "var": { name: "Bundle" } };
  const settings = [{ label: "joined", concatenateModules: true }, { label: "apart", concatenateModules: false }];
  for (const [type, library] of Object.entries(modules)) {
    for (const { label, concatenateModules } of settings) {
      const options = {
        mode: style === "minified" ? "production" : "none",
        target: "node",
        devtool: false,
        entry: input(entry),
        output: {
          path: out,
          filename: name(entry, "webpack", type, `${label}-${style}`),
          library: { type, ...library },
          ...(type === "module" && { module: true, chunkFormat: "module" }),
        },
        experiments: type === "module" ? { outputModule: true } : {},
        optimization: { concatenateModules, minimize: style === "minified" },
      };
      await new Promise((done, failed) =>
        webpack(options, (error, stats) => {
          const wrong = error ?? (stats.hasErrors() && new Error(stats.toString("errors-only")));
          return wrong ? failed(wrong) : done();
        }),
      );
    }
  }
}

for (const entry of Object.keys(ENTRIES))
  for (const style of STYLES)
    for (const build of [withEsbuild, withRollup, withRolldown, withWebpack])
      await build(entry, style);

for (const entry of Object.keys(ENTRIES))
  for (const build of Object.values(compilers)) {
    const path = (bundler, format, style) => resolve(out, name(entry, bundler, format, style));
    await build(input(entry), path, [], { own: false });
  }
// Workers of parcel keep the process.
process.exit();
