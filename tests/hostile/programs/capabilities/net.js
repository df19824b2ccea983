// attacks: a socket to the host's loopback
// expect: CAPABILITY_DENIED
import { connect } from "node:net";
export default { tools: { run: { execute: () => connect(22, "127.0.0.1") } } };
