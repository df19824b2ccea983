// attacks: a request through node:http
// expect: CAPABILITY_DENIED
import http from "node:http";
export default { tools: { run: { execute: () => new Promise((done, fail) => http.get("http://127.0.0.1/", done).on("error", fail)) } } };
