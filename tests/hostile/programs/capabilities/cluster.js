// attacks: a fork through node:cluster
// expect: CAPABILITY_DENIED
import cluster from "node:cluster";
export default { tools: { run: { execute: () => new Promise((done, fail) => cluster.fork().on("error", fail).on("online", done)) } } };
