import Configstore from "configstore"; 
export async function call() {
  const c = new Configstore("app", { a: 1 }, { configPath: `${process.cwd()}/x/app.json` });
  c.set("b.c", 2);
  return [c.all, new Configstore("app", {}, { configPath: c.path }).get("b.c"), c.size];
}
