import dotenv from "dotenv"; import fs from "node:fs";
const first = dotenv.config({ quiet: true });
export async function call() {
  fs.writeFileSync(".env", "A=1\nB='two words'\n");
  const { parsed } = dotenv.config({ quiet: true, override: true });
  return [first.error?.code, first.error?.message.replace(/open '.*\//, "open '"), parsed, process.env.B];
}
