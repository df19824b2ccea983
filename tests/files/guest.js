// The same in the sandbox, as a tool.
import fs from "node:fs";
import util from "node:util";
import { run } from "./run.js";

const FOLDER = "/some/folder";

function reset() {
  process.chdir("/");
  fs.rmSync("/some", { recursive: true, force: true });
  fs.mkdirSync(FOLDER, { recursive: true });
  process.chdir(FOLDER);
}

async function execute(task) {
  reset();
  return run(fs, util, FOLDER, { ...task, reset });
}

export const agents = { main: { tools: { run: { execute } } } };
