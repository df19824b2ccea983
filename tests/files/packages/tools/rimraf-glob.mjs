import { rimraf, rimrafSync } from "rimraf"; import { glob, globSync } from "glob"; import fs from "node:fs";
export async function call() {
  process.chdir(fs.mkdtempSync("/tmp/glob-"));
  fs.mkdirSync("r/a/b", { recursive: true });
  for (const f of ["r/1.txt", "r/a/2.txt", "r/a/b/3.md"]) fs.writeFileSync(f, f);
  const g = [(await glob("r/**/*.txt")).sort(), globSync("**/*", { cwd: "r", nodir: true }).sort(), (await glob("r/**", { withFileTypes: true })).map((p) => p.name).sort()];
  const a = await rimraf("r/a");
  rimrafSync("r/1.txt");
  return [g, a, fs.readdirSync("r")];
}
