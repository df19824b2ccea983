// Makes bundles. Reads from standard input a list of
// {entry, out, bundler, format: "esm" | "cjs", size: "min" | "readable", external: "name name"}.
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname } from "node:path";

const jobs = JSON.parse(readFileSync(0, "utf8"));
const builtins = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)];

const isExternal = (names) => (id) =>
  builtins.includes(id) || names.some((name) => id === name || id.startsWith(`${name}/`));

async function withEsbuild({ entry, out, format, minified, external }) {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    platform: "node",
    format,
    minify: minified,
    external: external.flatMap((name) => [name, `${name}/*`]),
    logLevel: "error",
  });
}

// The modules of an entry, read once for all formats.
const graphs = new Map();

async function rollupGraph({ entry, external }) {
  const { rollup } = await import("rollup");
  const { default: resolve } = await import("@rollup/plugin-node-resolve");
  const { default: commonjs } = await import("@rollup/plugin-commonjs");
  const { default: json } = await import("@rollup/plugin-json");
  return rollup({
    input: entry,
    external: isExternal(external),
    plugins: [
      resolve({ preferBuiltins: true, exportConditions: ["node"] }),
      commonjs({ ignoreDynamicRequires: true }),
      json(),
    ],
    onwarn: () => {},
  });
}

async function withRollup(job) {
  const key = JSON.stringify([job.entry, job.external]);
  if (!graphs.has(key)) graphs.set(key, rollupGraph(job));
  const { out, format, minified } = job;
  const bundle = await graphs.get(key);
  await bundle.write({
    file: out,
    format,
    inlineDynamicImports: true,
    exports: "named",
    plugins: minified ? [await terserPlugin(format)] : [],
  });
}

async function terserPlugin(format) {
  const { minify } = await import("terser");
  const options = { module: format === "esm", toplevel: true };
  return { name: "terser", renderChunk: (code) => minify(code, options) };
}

async function withRolldown({ entry, out, format, minified, external }) {
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: entry,
    external: isExternal(external),
    platform: "node",
    logLevel: "silent",
  });
  await bundle.write({
    file: out,
    format,
    minify: minified,
    codeSplitting: false,
    exports: "named",
  });
  await bundle.close();
}

// Optional dependencies that nobody installed: an error for webpack alone.
const OPTIONAL = { "@react-email/render": false };

async function withWebpack({ entry, out, format, minified, external }) {
  const { default: webpack } = await import("webpack");
  const esm = format === "esm";
  const config = {
    mode: "production",
    target: "node20",
    devtool: false,
    entry,
    output: {
      path: dirname(out),
      filename: basename(out),
      library: { type: esm ? "module" : "commonjs2" },
      ...(esm && { module: true, chunkFormat: "module" }),
    },
    experiments: { outputModule: esm },
    externalsType: esm ? "module" : "commonjs2",
    // Node's own modules are webpack's matter: `target` makes them externals.
    externals: external.map((name) => new RegExp(`^${name}(/|$)`)),
    optimization: { minimize: minified },
    resolve: { fallback: OPTIONAL },
    module: { parser: { javascript: { dynamicImportMode: "eager" } } },
    performance: false,
  };
  const compiler = webpack(config);
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, done) => (error ? reject(error) : resolve(done))),
  );
  await new Promise((resolve) => compiler.close(resolve));
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
}

const makers = {
  esbuild: withEsbuild,
  rollup: withRollup,
  rolldown: withRolldown,
  webpack: withWebpack,
};
for (const job of jobs) {
  try {
    await makers[job.bundler]({
      ...job,
      minified: job.size === "min",
      external: job.external.split(" ").filter(Boolean),
    });
  } catch (error) {
    console.error(`${job.out}: ${error.stack ?? error}`);
    process.exitCode = 1;
  }
}
