// Prints what the tools of each program `j0.mjs`, `j1.mjs`, ... give in Node.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const results = [];
for (let i = 0; i < JSON.parse(process.argv[2]); i++) {
  const { agents } = await import(pathToFileURL(join(process.cwd(), `j${i}.mjs`)).href);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const { early, late, needs } = agents.main.tools;
  results.push([early, late, needs].map((tool) => tool.execute({ n: i })));
}
console.log(JSON.stringify(results));
process.exit(0); // some programs never end
