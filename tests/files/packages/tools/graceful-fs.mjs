import gfs from "graceful-fs"; import fs from "node:fs";
export async function call() {
  gfs.gracefulify(fs);
  await new Promise((ok, no) => gfs.writeFile("g.txt", "abc", (e) => e ? no(e) : ok()));
  let t = "";
  for await (const c of gfs.createReadStream("g.txt", "utf8")) t += c;
  const w = gfs.createWriteStream("w.txt");
  await new Promise((r) => w.end("zz", r));
  const many = await Promise.all(Array.from({ length: 200 }, (_, i) => new Promise((ok, no) => gfs.readFile("g.txt", "utf8", (e, v) => e ? no(e) : ok(v.length)))));
  const bad = await new Promise((r) => gfs.createReadStream("none").on("error", (e) => r(e.code)));
  return [t, gfs.readFileSync("w.txt", "utf8"), many.length, bad, fs.readdirSync(".").filter((n) => /^[gw]\.txt/.test(n))];
}
