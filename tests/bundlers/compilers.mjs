// Compilers before bundlers, and bundlers of bundlers: each function builds one source in its forms.
// `path(bundler, format, style)` says where a form goes, `external` what is left out.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, resolve } from "node:path";
import ncc from "@vercel/ncc";
import { Parcel } from "@parcel/core";
import { transformSync } from "@swc/core";
import * as esbuild from "esbuild";
import { build as tsup } from "tsup";
import webpack from "webpack";

const require = createRequire(import.meta.url);
const BUN = require.resolve(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);

/** What swc makes of a file: the syntax of a target, and the module's form. */
function swcOptions(file, target, type) {
  const parser = file.endsWith(".ts")
    ? { syntax: "typescript", decorators: true }
    : { syntax: "ecmascript", explicitResourceManagement: true };
  return {
    filename: file,
    swcrc: false,
    isModule: file.endsWith(".cjs") ? "commonjs" : true,
    jsc: { target, parser, transform: { decoratorVersion: "2022-03" } },
    ...(type && { module: { type } }),
  };
}

/** Compiles each file with swc, and bundles what that gives with esbuild. */
export async function withSwc(file, path, external) {
  const targets = [["es2022", "es6"], ["es2017", "commonjs"], ["es5", "commonjs"]];
  for (const [target, type] of targets)
    for (const format of type === "es6" ? ["esm", "cjs"] : ["cjs"])
      await esbuild.build({
        entryPoints: [file],
        outfile: path("swc", format, `${target}-${type}`),
        bundle: true,
        format,
        platform: "node",
        external,
        logLevel: "error",
        plugins: [
          {
            name: "swc",
            setup: (build) =>
              build.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path: each }) => ({
                contents: transformSync(readFileSync(each, "utf8"), swcOptions(each, target, type)).code,
                loader: "js",
              })),
          },
        ],
      });
}

export async function withSwcLoader(file, path, external) {
  for (const target of ["es2022", "es5"])
    for (const mode of ["none", "production"]) {
      const out = path("webpackswc", "cjs", `${target}-${mode}`);
      await packed({
        mode,
        target: "node",
        devtool: false,
        entry: file,
        externals: Object.fromEntries(external.map((each) => [each, `commonjs2 ${each}`])),
        output: { path: dirname(out), filename: basename(out), library: { type: "commonjs2" } },
        module: {
          rules: [
            {
              test: /\.[cm]?[jt]s$/,
              loader: "swc-loader",
              options: { ...swcOptions(file, target), filename: undefined, isModule: "unknown" },
            },
          ],
        },
      });
    }
}

function packed(options) {
  return new Promise((done, failed) =>
    webpack(options, (error, stats) => {
      const wrong = error ?? (stats.hasErrors() && new Error(stats.toString("errors-only")));
      return wrong ? failed(wrong) : done();
    }),
  );
}

export async function withTsup(file, path, external) {
  const styles = {
    shims: { shims: true },
    minified: { minify: true, keepNames: true },
    shaken: { treeshake: true, shims: true },
    ...(!file.endsWith(".ts") && { old: { target: "es2017", splitting: true } }),
  };
  for (const format of ["esm", "cjs"])
    for (const [style, options] of Object.entries(styles)) {
      const out = path("tsup", format, style);
      await tsup({
        entry: { [basename(out, extname(out))]: file },
        outDir: dirname(out),
        format: [format],
        outExtension: () => ({ js: extname(out) }),
        external,
        config: false,
        silent: true,
        splitting: false,
        ...options,
      });
    }
}

/** `own` is for Bun itself: Node does not run its CommonJS, which is a function. */
export async function withBun(file, path, external, { own }) {
  const node = ["--target=node"];
  const styles = { plain: node, minified: [...node, "--minify"], ...(own && { own: ["--target=bun"] }) };
  for (const format of ["esm", "cjs"])
    for (const [style, flags] of Object.entries(styles)) {
      const out = path("bun", format, style);
      const left = external.map((each) => `--external=${each}`);
      execFileSync(BUN, ["build", file, `--format=${format}`, `--outfile=${out}`, ...flags, ...left], { stdio: "pipe" });
    }
}

export async function withNcc(file, path, external) {
  if (file.endsWith(".ts")) return;
  for (const [style, options] of Object.entries({ plain: {}, minified: { minify: true }, newer: { target: "es2022" } })) {
    const out = path("ncc", "cjs", style);
    const { code } = await ncc(file, { externals: external, cache: false, quiet: true, ...options });
    writeFileSync(out, code);
  }
}

export async function withParcel(file, path, external) {
  if (file.endsWith(".ts") || file.endsWith("using.js")) return;
  for (const format of ["esm", "cjs"])
    for (const style of ["plain", "minified"]) {
      const out = path("parcel", format, style);
      await new Parcel({
        entries: file,
        defaultConfig: require.resolve("@parcel/config-default"),
        // Else it is made in the folder of the project; among the bundles it would pass for one.
        cacheDir: resolve(".parcel-cache"),
        shouldDisableCache: true,
        logLevel: "error",
        mode: "production",
        defaultTargetOptions: { shouldScopeHoist: true, shouldOptimize: style === "minified", sourceMaps: false },
        targets: {
          main: {
            distDir: dirname(out),
            distEntry: basename(out),
            context: "node",
            outputFormat: format === "esm" ? "esmodule" : "commonjs",
            isLibrary: true,
            scopeHoist: true,
            optimize: style === "minified",
            sourceMap: false,
            includeNodeModules: Object.fromEntries(external.map((each) => [each, false])),
            engines: { node: ">= 20" },
          },
        },
      }).run();
    }
}
