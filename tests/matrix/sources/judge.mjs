// Node's own words on a project: node judge.mjs FRAMEWORK prints its agents and what its tools do.
import { agentsOf } from "./judges/agents.mjs";
import { callsOf } from "./judges/calls.mjs";

const framework = process.argv[2];
const agents = {};
for (const [key, agent] of Object.entries(await agentsOf(framework))) {
  for (const tool of Object.values(agent.tools)) {
    tool.calls = await callsOf(tool);
    for (const name of ["validate", "run", "cases", "answersInvalid"]) delete tool[name];
  }
  agents[key] = agent;
}
process.stdout.write(JSON.stringify(agents, null, 1));
