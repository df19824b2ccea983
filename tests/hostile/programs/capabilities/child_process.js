// attacks: starting a program of the host
// expect: CAPABILITY_DENIED
import { execSync } from "node:child_process";
export default { tools: { run: { execute: () => execSync("id").toString() } } };
