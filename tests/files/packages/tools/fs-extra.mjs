import fse from "fs-extra";
export async function call() {
  await fse.outputFile("x/y/z.txt", "hi");
  await fse.outputJson("x/j.json", { a: 1 }, { spaces: 1 });
  await fse.copy("x", "xx");
  await fse.move("xx/y", "moved");
  await fse.ensureSymlink("x/j.json", "ln.json");
  const e = await fse.pathExists("xx/y");
  await fse.emptyDir("x");
  return [fse.readJsonSync("ln.json", { throws: false }) ?? null, e, fse.readdirSync("moved"), await fse.readFile("moved/z.txt", "utf8"), await fse.readdir("x"), await fse.remove("moved") ?? null, fse.existsSync("moved")];
}
