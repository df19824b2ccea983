// attacks: reading a file of the host
// expect: CAPABILITY_DENIED
import { readFileSync } from "node:fs";
export default { tools: { run: { execute: () => readFileSync("/etc/passwd", "utf8") } } };
