// attacks: a heap snapshot through node:v8
// expect: THROWN NotAvailableError
import v8 from "node:v8";
export default { tools: { run: { execute: () => v8.writeHeapSnapshot("/tmp/heap") } } };
