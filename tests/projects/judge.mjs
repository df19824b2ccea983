// Calls the tools of bundles in Node: node judge.mjs CASES FOLDER. Prints for each bundle how its calls ended:
// {value}, {invalid: true} or {thrown: {name, message}}, by "agent.tool(number of the case)".
import { readFileSync, readdirSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [casesFile, folder] = process.argv.slice(2);
const cases = JSON.parse(readFileSync(casesFile, "utf8"));
// Node ends where a project's top level starts what fails later; a sandbox does not.
process.on("unhandledRejection", () => {});
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (_, ...rest) => {
  const done = rest.at(-1);
  if (typeof done === "function") process.nextTick(done);
  return true;
};
process.stderr.write = process.stdout.write;

async function toolOf(agent, name) {
  const tools = agent.listTools?.call(agent) ?? agent.tools;
  const listed = await tools;
  return Array.isArray(listed) ? listed.find((tool) => tool.name === name) : listed[name];
}

async function called(tool, input) {
  if (typeof tool.invoke === "function") return tool.invoke({ context: {} }, JSON.stringify(input), {});
  const returned = tool.execute(input, { toolCallId: "call-1", messages: [] });
  if (typeof returned?.[Symbol.asyncIterator] !== "function") return returned;
  let last;
  for await (const value of returned) last = value;
  return last;
}

async function outcomeOf(agent, name, input) {
  try {
    const value = await called(await toolOf(agent, name), structuredClone(input));
    // Mastra returns what is wrong with an input; the sandbox has a kind of failure for it.
    if (value?.error === true && value.validationErrors !== undefined) return { invalid: true };
    return { value: value === undefined ? null : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    return { thrown: { name: error.name, message: error.message } };
  }
}

async function outcomesOf(file, agents) {
  const module = await import(pathToFileURL(join(folder, file)));
  // CommonJS in an ES module is its default export.
  const exported = { ...module.default, ...module };
  const outcomes = {};
  for (const [key, tools] of Object.entries(agents)) {
    for (const [tool, inputs] of Object.entries(tools)) {
      for (const [at, input] of inputs.entries()) {
        outcomes[`${key}.${tool}(${at})`] = await outcomeOf(exported[key], tool, input);
      }
    }
  }
  return outcomes;
}

const results = {};
for (const file of readdirSync(folder).sort()) {
  if (!/\.[cm]js$/.test(file)) continue;
  const name = basename(file, extname(file));
  results[name] = await outcomesOf(file, cases[name.split("-")[0]]);
}
write(JSON.stringify(results), () => process.exit());
