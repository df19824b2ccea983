import chokidar from "chokidar"; import { globby } from "globby"; import fg from "fast-glob"; import { deleteAsync } from "del"; import fs from "node:fs";
export async function call() {
  process.chdir(fs.mkdtempSync("/tmp/gl-"));
  fs.mkdirSync("g/h", { recursive: true });
  for (const f of ["g/a.js", "g/h/b.js", "g/c.md"]) fs.writeFileSync(f, "");
  const out = [(await globby("g/**/*.js")).sort(), fg.sync(["g/**", "!**/*.md"]).sort()];
  const seen = [];
  const w = chokidar.watch("g");
  w.on("all", (e, p) => seen.push(`${e} ${p}`));
  await new Promise((r) => w.on("ready", r));
  await w.close();
  await deleteAsync(["g/**/*.js"]);
  return [...out, seen.sort(), fs.readdirSync("g").sort()];
}
