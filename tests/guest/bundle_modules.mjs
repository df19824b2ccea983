// Bundles programs of several modules and asks Node about them: `[packages, [name, ...]]` is given as JSON; each
// program is the folder of its name here. Prints, by name, the forms and what Node says of the program.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, names] = JSON.parse(process.argv[2]);
const load = createRequire(join(packages, "node_modules/"));
const [webpack, { build }, { rolldown }] = [load("webpack"), load("esbuild"), await import(pathToFileURL(load.resolve("rolldown")))];

async function withWebpack(entry, file, mode, minimize) {
  const compiler = webpack({
    mode,
    target: "node20",
    devtool: false,
    entry,
    output: { path: resolve("."), filename: file, library: { type: "commonjs2" } },
    optimization: { minimize },
    performance: false,
  });
  const stats = await new Promise((done, fail) => compiler.run((error, made) => (error ? fail(error) : done(made))));
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
}

async function withRolldown(entry, file, minify) {
  const bundle = await rolldown({ input: entry, platform: "node", logLevel: "silent" });
  await bundle.write({ file, format: "cjs", minify, codeSplitting: false });
}

const FORMS = {
  "esbuild": (entry, file) => build({ entryPoints: [entry], bundle: true, platform: "node", outfile: file }),
  "esbuild minified": (entry, file) => build({ entryPoints: [entry], bundle: true, platform: "node", minify: true, outfile: file }),
  "rolldown": (entry, file) => withRolldown(entry, file, false),
  "rolldown minified": (entry, file) => withRolldown(entry, file, true),
  "webpack": (entry, file) => withWebpack(entry, file, "production", false),
  "webpack minified": (entry, file) => withWebpack(entry, file, "production", true),
  "webpack development": (entry, file) => withWebpack(entry, file, "development", false),
};

async function judged(entry) {
  try {
    const { agents } = await import(pathToFileURL(entry));
    const said = Object.entries(agents.main.tools).map(async ([key, tool]) => [key, await tool.execute({})]);
    return Object.fromEntries(await Promise.all(said));
  } catch {
    return null; // the program does not load in Node
  }
}

// A program that ends the process ends only itself.
process.exit = () => {
  throw new Error("exit");
};
const found = {};
for (const name of names) {
  const entry = [resolve(name, "index.cjs"), resolve(name, "index.mjs")].find(existsSync);
  const forms = {};
  for (const [form, make] of Object.entries(FORMS)) {
    const file = `${name}-${form.replace(" ", "-")}.cjs`;
    await make(entry, file);
    forms[form] = file;
  }
  found[name] = { forms, node: await judged(entry) };
}
console.log(JSON.stringify(found));
process.reallyExit(0);
