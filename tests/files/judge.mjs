// What Node does: node judge.mjs BUNDLE TASK, in an empty folder; prints the results as JSON.
import fs from "node:fs";
import { dirname } from "node:path";
import util from "node:util";

const [bundle, task] = process.argv.slice(2);
const { run } = await import(bundle);
const folder = process.cwd();
const reset = () => {
  process.chdir(dirname(folder));
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  process.chdir(folder);
};
console.log(JSON.stringify(await run(fs, util, folder, { ...JSON.parse(task), reset })));
