// attacks: a debugger through node:inspector
// expect: THROWN NotAvailableError
import inspector from "node:inspector";
export default { tools: { run: { execute: () => inspector.open(0) } } };
