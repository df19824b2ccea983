// attacks: the loader through node:module's internals
// expect: CAPABILITY_DENIED
import Module from "node:module";
export default { tools: { run: { execute: () => Module._load("fs").readFileSync("/etc/passwd") } } };
