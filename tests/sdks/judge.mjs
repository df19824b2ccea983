// Calls tools in Node and prints what they return: node judge.mjs FOLDER URL KEY NAME...
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, url, key, ...names] = process.argv.slice(2);
const results = {};
for (const name of names) {
  const module = resolve(join(folder, `${name}.mjs`));
  const bundle = await import(pathToFileURL(existsSync(module) ? module : module.replace(/mjs$/, "cjs")));
  const context = { env: { KEY: key } };
  const input = { url: `${url}/${name}` };
  try {
    results[name] = { value: await bundle.agents.main.tools.call.execute(input, context) };
  } catch (error) {
    results[name] = { error: `${error?.name}: ${error?.message}` };
  }
}
process.stdout.write(JSON.stringify(results), () => process.exit());
