// attacks: the host's files through node:wasi
// expect: CAPABILITY_DENIED
import { WASI } from "node:wasi";
export default { tools: { run: { execute: () => typeof new WASI({ preopens: { "/": "/" } }) } } };
