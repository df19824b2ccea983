// Calls each bundle's tool in an empty folder: node judge.mjs FOLDER BUNDLE...; prints {name: value}.
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";

const [folder, ...bundles] = process.argv.slice(2);
const values = {};
for (const bundle of bundles) {
  const name = basename(bundle);
  mkdirSync(join(folder, name));
  process.chdir(join(folder, name));
  const { agents, default: whole } = await import(bundle);
  values[name] = await (agents ?? whole.agents).main.tools.call.execute({});
}
process.stdout.write(`\n${JSON.stringify(values)}\n`, () => process.exit());
