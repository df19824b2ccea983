// Other programs, which are not there.
import { execa } from "execa";
import { exec } from "node:child_process";
import { promisify } from "node:util";

export async function run() {
  const failed = await execa("no-such-program", ["x"]).catch((error) => [error.code, error.failed, error.command]);
  const found = await promisify(exec)("ls", { shell: "/no/such/shell" }).catch((error) => error.code);
  return [failed, found];
}
