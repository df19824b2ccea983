import Conf from "conf";
export async function call() {
  const c = new Conf({ projectName: "app", cwd: process.cwd() + "/confdir", projectVersion: "1.0.0" });
  c.set("unicorn", "x");
  c.set("a.b", 3);
  return [c.store, c.get("a"), c.size];
}
