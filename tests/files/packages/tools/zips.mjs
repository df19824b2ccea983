import AdmZip from "adm-zip"; import JSZip from "jszip"; import fs from "node:fs";
export async function call() {
  const z = new AdmZip();
  z.addFile("a/b.txt", Buffer.from("hello"));
  z.addFile("c.txt", Buffer.from("c".repeat(1000)));
  z.writeZip("out.zip");
  const back = new AdmZip("out.zip");
  back.extractAllTo("un", true);
  const j = await JSZip.loadAsync(fs.readFileSync("out.zip"));
  j.file("d.txt", "d");
  await new Promise((ok, no) => j.generateNodeStream({ streamFiles: true }).pipe(fs.createWriteStream("j.zip")).on("finish", ok).on("error", no));
  return [back.getEntries().map((e) => e.entryName), fs.readFileSync("un/a/b.txt", "utf8"), Object.keys((await JSZip.loadAsync(fs.readFileSync("j.zip"))).files)];
}
