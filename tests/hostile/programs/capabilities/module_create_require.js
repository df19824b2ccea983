// attacks: a require made with createRequire for another folder
// expect: CAPABILITY_DENIED
import { createRequire } from "node:module";
export default { tools: { run: { execute: () => createRequire("file:///usr/lib/")("fs").readFileSync("/etc/passwd") } } };
