import { JSONFilePreset, JSONFileSyncPreset } from "lowdb/node";
export async function call() {
  const db = await JSONFilePreset("db.json", { posts: [] });
  await db.update(({ posts }) => posts.push("a"));
  await Promise.all([db.write(), db.write()]);
  const s = JSONFileSyncPreset("db.json", {});
  return s.data;
}
