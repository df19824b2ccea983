import { findUp, findUpSync } from "find-up"; import fs from "node:fs"; import path from "node:path";
export async function call() {
  fs.mkdirSync("p/q/r", { recursive: true });
  fs.writeFileSync("p/marker.json", "{}");
  return [path.relative(process.cwd(), await findUp("marker.json", { cwd: "p/q/r" })), findUpSync("never.json", { cwd: "p/q" }) ?? null];
}
