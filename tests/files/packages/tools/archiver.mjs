import * as archiver from "archiver"; import AdmZip from "adm-zip"; import fs from "node:fs";
export async function call() {
  fs.mkdirSync("ar", { recursive: true });
  fs.writeFileSync("ar/a.txt", "alpha");
  const out = fs.createWriteStream("ar.zip");
  const a = archiver.ZipArchive ? new archiver.ZipArchive() : archiver.default("zip");
  a.pipe(out);
  a.append("text", { name: "b.txt" });
  a.directory("ar/", "sub");
  const closed = new Promise((r) => out.on("close", r));
  await a.finalize();
  await closed;
  return new AdmZip("ar.zip").getEntries().map((e) => [e.entryName, e.getData().toString()]);
}
