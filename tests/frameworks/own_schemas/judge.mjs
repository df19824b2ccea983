// usage: node judge.mjs PACKAGES CASES ZOD: what each framework's own code makes of each input, by the
// module ZOD of the packages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, casesPath, zod] = process.argv.slice(2);
const resolve = createRequire(`${packages}/package.json`).resolve;
const load = (name) => import(pathToFileURL(resolve(name)));
const { z } = await load(zod);
const { asSchema } = await load("ai");
const { createTool } = await load("@mastra/core/tools");
const { tool, RunContext } = await load("@openai/agents");
const cases = JSON.parse(readFileSync(casesPath));
// Mastra before 1.0 hands a tool its input as `context`.
const isOldMastra = JSON.parse(readFileSync(`${packages}/node_modules/@mastra/core/package.json`)).version.startsWith("0.");
const plain = (value) => ({ value: JSON.parse(JSON.stringify(value)) });

async function byAiSdk(schema, input) {
  const result = await asSchema(schema).validate(input);
  return result.success ? plain(result.value) : { invalid: true };
}

async function byMastra(schema, input) {
  const made = createTool({ id: "t", description: "d", inputSchema: schema, execute: async (given) => given });
  const result = isOldMastra ? (await made.execute({ context: input }, {})) : await made.execute(input, {});
  return result?.error === true && result.validationErrors ? { invalid: true } : plain(isOldMastra ? result.context : result);
}

async function byOpenAI(schema, input) {
  let made;
  try {
    made = tool({ name: "t", description: "d", parameters: schema, errorFunction: null, execute: async (given) => given });
  } catch {
    return undefined; // the SDK takes no such schema
  }
  try {
    return plain(await made.invoke(new RunContext({}), JSON.stringify(input)));
  } catch {
    return { invalid: true };
  }
}

const told = {};
for (const [name, judge] of Object.entries({ "ai-sdk": byAiSdk, mastra: byMastra, "openai-agents": byOpenAI })) {
  told[name] = [];
  for (const [source, inputs] of cases) {
    const schema = new Function("z", `return ${source}`)(z);
    const verdicts = [];
    for (const input of inputs) verdicts.push((await judge(schema, input)) ?? null);
    told[name].push(verdicts);
  }
}
console.log(JSON.stringify(told));
process.exit(0);
