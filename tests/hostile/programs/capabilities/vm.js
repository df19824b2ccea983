// attacks: another realm through node:vm
// expect: result null
import vm from "node:vm";
export default { tools: { run: { execute: () => vm.runInThisContext("globalThis.process.mainModule ?? null") } } };
