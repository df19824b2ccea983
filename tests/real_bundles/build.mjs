// Builds the bundles: node build.mjs OUTPUT_FOLDER, in a folder with node_modules and sources.
import * as esbuild from "esbuild";

const [, , out] = process.argv;
const bundle = (source, file, options) =>
  esbuild.build({
    entryPoints: [`sources/${source}.ts`],
    outfile: `${out}/${file}`,
    bundle: true,
    platform: "node",
    logLevel: "error",
    ...options,
  });

const readable = { format: "esm" };
const minified = { format: "cjs", minify: true };
const lightfast = { external: ["lightfast", "lightfast/*"] };

await Promise.all([
  bundle("numbers", "numbers.esm.js", readable),
  bundle("numbers", "numbers.min.cjs", minified),
  bundle("statistics", "statistics.esm.js", { ...readable, ...lightfast }),
  bundle("statistics", "statistics.min.cjs", { ...minified, ...lightfast }),
  bundle("reaching", "reaching.esm.js", { ...readable, ...lightfast }),
  bundle("reaching", "reaching.min.cjs", { ...minified, ...lightfast }),
  bundle("schemas", "schemas.esm.js", readable),
  bundle("schemas", "schemas.min.cjs", minified),
  bundle("print_schemas", "print_schemas.cjs", minified),
]);
