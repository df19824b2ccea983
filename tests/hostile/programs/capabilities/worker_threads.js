// attacks: a thread through node:worker_threads
// expect: CAPABILITY_DENIED
import { Worker } from "node:worker_threads";
export default { tools: { run: { execute: () => new Promise((done, fail) => new Worker("for (;;) {}", { eval: true }).on("error", fail).on("online", done)) } } };
