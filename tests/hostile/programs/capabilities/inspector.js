// attacks: a debugger through node:inspector
// expect: CAPABILITY_DENIED
import inspector from "node:inspector";
export default { tools: { run: { execute: () => inspector.open(0) } } };
