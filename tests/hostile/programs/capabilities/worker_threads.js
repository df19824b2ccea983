// attacks: a thread through node:worker_threads
// expect: CAPABILITY_DENIED
import { Worker } from "node:worker_threads";
export default { tools: { run: { execute: () => typeof new Worker("for (;;) {}", { eval: true }) } } };
