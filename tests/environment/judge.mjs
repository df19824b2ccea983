// What each bundle of a folder does in Node with this environment: node judge.mjs FOLDER
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

delete process.env.LC_CTYPE; // set by the starter of this node
const [, , folder] = process.argv;
const require = createRequire(import.meta.url);
const found = {};
const { log } = console;
console.log = () => {}; // dotenv says how many values it found
for (const file of readdirSync(folder).sort()) {
  const path = join(folder, file);
  try {
    const loaded = file.endsWith("cjs") ? require(path) : await import(pathToFileURL(path));
    found[file] = { value: await loaded.agents.main.tools.call.execute() };
  } catch (error) {
    found[file] = { error: error.message };
  }
}
log(JSON.stringify(found));
