// Bundles a module with all that it imports: `node build.mjs FROM TO`.
import { build } from "esbuild";

const [, , from, to] = process.argv;
const banner = { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" };
await build({
  entryPoints: [from], outfile: to, bundle: true, format: "esm", platform: "node", minify: true, banner, logLevel: "error",
});
