// Calls the tools of bundles in Node: node judge.mjs CASES NAME=FILE...; `$URL` in values of the environment is there already.
// Prints {name: {"agent.tool(n)": {value} or {thrown: {name, message}}}}, and tells the server which bundle asks.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [casesFile, ...bundles] = process.argv.slice(2);
const all = JSON.parse(readFileSync(casesFile, "utf8"));
// Projects whose top level starts what fails later: Node would end, as their people see it end.
process.on("unhandledRejection", () => {});
const { log } = console;
for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = () => {};
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (_, ...rest) => (rest.at(-1)?.(), true);


async function toolOf(agent, name) {
  const listed = typeof agent.listTools === "function" ? await agent.listTools() : agent.tools;
  return Array.isArray(listed) ? listed.find((tool) => tool.name === name) : listed[name];
}

async function called(tool, input) {
  if (typeof tool.invoke === "function") return tool.invoke({ context: {} }, JSON.stringify(input), {});
  // What a framework calls a Mastra or AI SDK tool with.
  const returned = tool.execute(input, { toolCallId: "call-1", messages: [] });
  if (typeof returned?.[Symbol.asyncIterator] !== "function") return returned;
  let last;
  for await (const value of returned) last = value;
  return last;
}

async function outcomeOf(agent, name, input) {
  try {
    const value = await called(await toolOf(agent, name), structuredClone(input));
    return { value: value === undefined ? null : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    return { thrown: { name: error.name, message: error.message } };
  }
}

const results = {};
for (const each of bundles) {
  const [name, project, file] = each.split("=");
  const told = (results[name] = {});
  let exported;
  try {
    exported = await import(pathToFileURL(resolve(file)));
  } catch (error) {
    told.load = { thrown: { name: error.name, message: error.message, stack: error.stack.slice(0, 500) } };
    continue;
  }
  for (const [agent, tools] of Object.entries(all[project])) {
    for (const [tool, inputs] of Object.entries(tools)) {
      for (const [at, input] of inputs.entries()) {
        told[`${agent}.${tool}(${at})`] = await outcomeOf(exported[agent], tool, input);
      }
    }
  }
}
write(JSON.stringify(results), () => process.exit());
