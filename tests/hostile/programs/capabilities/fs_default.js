// attacks: reading a file through the default export and a promise
// expect: CAPABILITY_DENIED
import fs from "fs";
export default { tools: { run: { execute: () => fs.promises.readFile("/proc/self/environ") } } };
