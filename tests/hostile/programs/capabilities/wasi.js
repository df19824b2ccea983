// attacks: the host's files through node:wasi
// expect: THROWN NotAvailableError
import { WASI } from "node:wasi";
export default { tools: { run: { execute: () => typeof new WASI({ preopens: { "/": "/" } }) } } };
