// attacks: a request through node:http
// expect: CAPABILITY_DENIED
import http from "node:http";
export default { tools: { run: { execute: () => http.get("http://127.0.0.1/") } } };
