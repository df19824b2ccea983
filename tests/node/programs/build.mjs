// Bundles every program with its packages, as --platform=node does: node build.mjs FOLDER
import { readdirSync } from "node:fs";
import { build } from "esbuild";

await build({
  entryPoints: readdirSync("sources").map((name) => `sources/${name}`),
  outdir: process.argv[2],
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "es2023",
  logLevel: "error",
});
