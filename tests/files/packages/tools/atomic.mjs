import writeAtomic from "write-file-atomic"; // Only as CommonJS: it reads __filename, which an ES module has not.
import lock from "proper-lockfile"; import fs from "node:fs";
export async function call() {
  await writeAtomic("at.txt", "v1");
  writeAtomic.sync("at.txt", "v2", { mode: 0o600 });
  const release = await lock.lock("at.txt");
  const held = await lock.check("at.txt");
  await release();
  return [fs.readFileSync("at.txt", "utf8"), fs.statSync("at.txt").mode, held, await lock.check("at.txt"), fs.readdirSync(".").filter((n) => n.startsWith("at"))];
}
