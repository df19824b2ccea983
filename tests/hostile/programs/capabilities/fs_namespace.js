// attacks: writing a file through the namespace object, which stays inside the call
// expect: result "1"
import * as fs from "node:fs/promises";
export default { tools: { run: { execute: async () => { await fs.writeFile("/tmp/escaped", "1"); return fs.readFile("/tmp/escaped", "utf8"); } } } };
