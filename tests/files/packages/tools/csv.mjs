import { parse } from "csv-parse"; import fs from "node:fs"; import { pipeline } from "node:stream/promises";
export async function call() {
  fs.writeFileSync("d.csv", "a,b\n" + Array.from({ length: 3000 }, (_, i) => `${i},x${i}`).join("\n"));
  const rows = [];
  const p = fs.createReadStream("d.csv").pipe(parse({ columns: true }));
  for await (const r of p) rows.push(r);
  await pipeline(fs.createReadStream("d.csv"), async function* (s) { for await (const c of s) yield c.toString().toUpperCase(); }, fs.createWriteStream("u.csv"));
  return [rows.length, rows[2999], fs.readFileSync("u.csv", "utf8").slice(0, 12)];
}
