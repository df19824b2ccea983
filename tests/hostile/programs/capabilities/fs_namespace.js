// attacks: writing a file through the namespace object
// expect: CAPABILITY_DENIED
import * as fs from "node:fs/promises";
export default { tools: { run: { execute: () => fs.writeFile("/tmp/escaped", "1") } } };
