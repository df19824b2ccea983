import tmp from "tmp"; import fs from "node:fs";
tmp.setGracefulCleanup();
export async function call() {
  const d = tmp.dirSync({ unsafeCleanup: true, tmpdir: "/tmp" });
  const f = tmp.fileSync({ postfix: ".txt" });
  fs.writeSync(f.fd, "x");
  const n = await new Promise((ok, no) => tmp.tmpName((e, v) => e ? no(e) : ok(v)));
  const out = [fs.statSync(d.name).isDirectory(), fs.readFileSync(f.name, "utf8"), typeof n, fs.statSync(f.name).mode];
  f.removeCallback();
  d.removeCallback();
  return [...out, fs.existsSync(f.name), fs.existsSync(d.name)];
}
