import Datastore from "@seald-io/nedb"; import fs from "node:fs";
export async function call() {
  const db = new Datastore({ filename: "ne.db", autoload: true });
  await db.insertAsync({ _id: "1", a: 1 });
  await db.updateAsync({ a: 1 }, { $set: { a: 2 } }, {});
  await db.compactDatafileAsync();
  const again = new Datastore({ filename: "ne.db" });
  await again.loadDatabaseAsync();
  return [await again.findAsync({}), fs.readFileSync("ne.db", "utf8").trim()];
}
