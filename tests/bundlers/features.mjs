// Builds each source of a folder as users do, packages left out: node features.mjs OUTPUT_FOLDER
// FOLDER, beside node_modules. A file is named SOURCE.BUNDLER.FORMAT.STYLE.EXTENSION.
import { readdirSync } from "node:fs";
import { parse, resolve } from "node:path";
import commonjs from "@rollup/plugin-commonjs";
import terser from "@rollup/plugin-terser";
import * as esbuild from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import webpack from "webpack";
import * as compilers from "./compilers.mjs";

const [out, folder] = process.argv.slice(2).map((each) => resolve(each));
const HELPERS = new Set(["package.json", "parts.js", "part.cjs", "texts.json"]);
const external = ["@openai/agents", "zod"];
const path = (source, bundler, format, style) =>
  resolve(out, `${source}.${bundler}.${format}.${style}.${/^esm?$|^module$/.test(format) ? "mjs" : "cjs"}`);

async function withEsbuild(file, name) {
  const styles = {
    plain: {},
    kept: { keepNames: true },
    old: { target: "es2019", keepNames: true },
    minified: { minify: true, target: "es2022" },
    both: { minify: true, keepNames: true, sourcemap: "inline" },
  };
  const settings = { legacy: { experimentalDecorators: true }, "": {} };
  for (const format of ["esm", "cjs", "iife"])
    for (const [style, options] of Object.entries(styles))
      for (const [label, compilerOptions] of Object.entries(settings)) {
        if (label !== "" && !file.endsWith(".ts")) continue;
        await esbuild.build({
          ...options,
          target: options.target ?? (file.endsWith(".ts") ? "es2022" : "esnext"),
          entryPoints: [file],
          outfile: path(name, "esbuild", format, style + label),
          format,
          globalName: "Bundle",
          bundle: true,
          external,
          platform: "node",
          logLevel: "error",
          tsconfigRaw: { compilerOptions },
        });
      }
}

const json = {
  name: "json",
  transform: (code, id) => (id.endsWith(".json") ? { code: `export default ${code}`, map: null } : null),
};

async function withRollup(file, name) {
  if (file.endsWith(".ts")) return;
  const plugins = [json, commonjs({ transformMixedEsModules: true })];
  const bundle = await rollup({ input: file, external, plugins, onLog: () => {} });
  for (const format of ["es", "cjs"])
    for (const style of ["plain", "minified"])
      await bundle.write({
        format,
        exports: "auto",
        file: path(name, "rollup", format, style),
        plugins: style === "minified" ? [terser()] : [],
      });
  await bundle.close();
}

async function withRolldown(file, name) {
  const bundle = await rolldown({ input: file, external, platform: "node", logLevel: "silent" });
  for (const format of ["esm", "cjs"])
    for (const [style, options] of Object.entries({ plain: {}, minified: { minify: true }, kept: { keepNames: true } }))
      await bundle.write({ format, exports: "auto", file: path(name, "rolldown", format, style), ...options });
  await bundle.close();
}

async function withWebpack(file, name) {
  if (file.endsWith(".ts") || name === "using") return;
  for (const type of ["commonjs2", "module"])
    for (const mode of ["none", "production", "development"]) {
      const isModule = type === "module";
      const options = {
        mode,
        target: "node",
        devtool: false,
        entry: file,
        externals: Object.fromEntries(external.map((each) => [each, `${isModule ? "module" : "commonjs2"} ${each}`])),
        output: {
          path: out,
          filename: parse(path(name, "webpack", type, mode)).base,
          library: { type },
          ...(isModule && { module: true, chunkFormat: "module" }),
        },
        experiments: isModule ? { outputModule: true } : {},
      };
      await new Promise((done, failed) =>
        webpack(options, (error, stats) => {
          const wrong = error ?? (stats.hasErrors() && new Error(stats.toString("errors-only")));
          return wrong ? failed(wrong) : done();
        }),
      );
    }
}

for (const file of readdirSync(folder).sort()) {
  if (HELPERS.has(file)) continue;
  for (const build of [withEsbuild, withRollup, withRolldown, withWebpack])
    await build(resolve(folder, file), parse(file).name);
  for (const build of Object.values(compilers)) {
    const form = (...each) => path(parse(file).name, ...each);
    await build(resolve(folder, file), form, external, { own: true });
  }
}
// Workers of parcel keep the process.
process.exit();
