// Prints the forms of programs: `[packages, [[name, awaits], ...], forms]` is given as JSON.
import { createRequire } from "node:module";

const [packages, jobs, forms] = JSON.parse(process.argv[2]);
const { build } = createRequire(`${packages}/node_modules/`)("esbuild");

async function bundle(name, form) {
  const [format, minified] = form.split(" ");
  const { outputFiles } = await build({
    entryPoints: [`${name}.mjs`],
    bundle: true,
    write: false,
    format,
    target: "es2022",
    minify: minified !== undefined,
    platform: "node",
    external: ["pg", "nowhere-to-be-found", "*.node", "./nowhere.js"],
    globalName: format === "iife" ? "program" : undefined,
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

async function formsOf([name, awaits]) {
  const usable = forms.filter((form) => !awaits || form.startsWith("esm"));
  return Object.fromEntries(await Promise.all(usable.map(async (form) => [form, await bundle(name, form)])));
}

console.log(JSON.stringify(await Promise.all(jobs.map(formsOf))));
