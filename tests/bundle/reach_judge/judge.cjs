// Runs the tools of a Lightfast bundle in Node and tells what each reached: which globals were
// read, which variables of the environment, and which hosts were fetched.
// node judge.cjs BUNDLE AGENT '{"tool": input}'  ->  {"tool": {globals, env, hosts, ended}}
const Module = require("node:module");
const path = require("node:path");

const [, , bundle, agent, inputs] = process.argv;
let seen = null;

const lightfast = {
  createLightfast: (config) => config,
  createAgent: (config) => config,
  createTool: (config) => config,
};
const load = Module._load;
Module._load = function (name, ...rest) {
  return name.startsWith("lightfast") ? lightfast : load.call(this, name, ...rest);
};

const answer = { results: [], data: [], output: [] };
globalThis.fetch = async (target) => {
  seen?.hosts.add(new Real.URL(target.url ?? String(target)).host);
  return response;
};
const Real = { URL, Proxy };
// No real Response, whose own code in Node reads globals.
const response = {
  ok: true,
  status: 200,
  url: "",
  body: null,
  headers: new Headers({ "content-type": "application/json" }),
  json: async () => answer,
  text: async () => "{}",
};

function watchGlobals() {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const { configurable } = Object.getOwnPropertyDescriptor(globalThis, name);
    if (!configurable || name === "globalThis") continue;
    let value = globalThis[name];
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get() {
        seen?.globals.add(name);
        return value;
      },
      set(next) {
        value = next;
      },
    });
  }
}

function watchEnvironment() {
  const fake = { EXA_API_KEY: "exa", OPENAI_API_KEY: "openai" };
  const get = (_, name) => {
    if (typeof name === "string") seen?.env.add(name);
    return fake[name];
  };
  const watched = new Real.Proxy(fake, { get });
  Object.defineProperty(process, "env", { value: watched, configurable: true });
  return watched;
}

async function reached(tool, input, env) {
  const own = { globals: new Set(), env: new Set(), hosts: new Set() };
  seen = own;
  let ended = "returned";
  try {
    await tool.execute(input, { env });
  } catch (error) {
    ended = `${error?.name}: ${error?.message}`;
  }
  seen = null;
  const sets = Object.entries(own).map(([name, names]) => [name, [...names].sort()]);
  return { ...Object.fromEntries(sets), ended: [ended] };
}

async function main() {
  const env = watchEnvironment();
  const module = require(path.resolve(bundle));
  const { tools } = (module.default ?? module).agents[agent];
  watchGlobals();
  const found = {};
  for (const [name, input] of Object.entries(JSON.parse(inputs))) {
    found[name] = await reached(tools[name], input, env);
  }
  console.log(JSON.stringify(found));
}

main();
