// Runs every bundle of a folder and prints what its exports hold, as JSON: node judge.mjs FOLDER.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { runInNewContext } from "node:vm";

const folder = resolve(process.argv[2]);
const require = createRequire(import.meta.url);

async function loaded(file) {
  const path = join(folder, file);
  if (file.endsWith(".mjs")) return import(path);
  if (!/\.(iife|var)\./.test(file)) return require(path);
  return runInNewContext(`${readFileSync(path, "utf8")};Bundle`, { process, console });
}

const tools = (found) =>
  Object.fromEntries(
    Object.entries(found).map(([key, { description, inputSchema }]) => [
      key,
      { description, inputSchema },
    ]),
  );

function agent(value) {
  const whole = value.settings ?? { ...value.lightfastConfig, ...value.vercelConfig };
  const { name, system, instructions, model, tools: own, id, maxSteps, ...settings } = whole;
  return { name: name ?? id, system: system ?? instructions, model, maxSteps, settings, tools: tools(own) };
}

const isAgent = (value) => value?.settings?.model ?? value?.vercelConfig;

function agents(exported) {
  const config = exported.agents ? exported : exported.default;
  const found = config?.agents ?? exported;
  return Object.fromEntries(
    Object.keys(found)
      .filter((key) => isAgent(found[key]))
      .map((key) => [key, agent(found[key])]),
  );
}

const result = {};
for (const file of readdirSync(folder).sort()) {
  const exported = await loaded(file);
  const config = exported.agents ? exported : exported.default;
  result[file] = { agents: agents(exported), metadata: config?.metadata ?? {} };
}
console.log(JSON.stringify(result));
