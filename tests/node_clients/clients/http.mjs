import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import http2 from "node:http2";
import { failure, heard } from "./seen.mjs";

function make(url, options = {}, body = undefined) {
  return new Promise((resolve) => {
    const events = [];
    const request = http.request(url, options, (response) => {
      let text = "";
      response.setEncoding("latin1");
      response.on("data", (piece) => (text += piece));
      for (const name of ["end", "aborted"]) response.on(name, () => events.push(name));
      response.on("error", (error) => events.push(`response ${error.code} ${error.message}`));
      response.on("close", () => {
        const { statusCode, statusMessage, headers, httpVersion, complete, rawHeaders } = response;
        const kept = [headers["set-cookie"], headers.location, headers["content-encoding"], rawHeaders.includes("X-Case")];
        const said = text.startsWith("{") ? heard(text) : text.length;
        setTimeout(() => resolve({ statusCode, statusMessage, httpVersion, complete, kept, said, events }), 20);
      });
    });
    for (const name of ["abort", "timeout"]) request.on(name, () => events.push(name));
    request.on("error", (error) => {
      const { errno, syscall, address } = error;
      setTimeout(() => resolve({ ...failure(error), errno, syscall, address, events }), 20);
    });
    options.then?.(request);
    request.end(body);
  });
}

const invalid = [
  () => http.request("nope"),
  () => http.request({ path: "/a b" }),
  () => http.request("https://x"),
  () => http.request({ method: "A B" }),
  () => http.request({ headers: { "a b": 1 } }),
  () => http.request({ headers: { a: undefined } }),
  () => http.request({ headers: { a: "\n" } }),
  () => http.request({ hostname: 5 }),
  () => http.request({ agent: 5 }),
  () => http.request({ timeout: "x" }),
  () => http.validateHeaderName(""),
  () => new net.Socket().setTimeout("x"),
];

export async function call({ url, refusing }) {
  const modules = { http, https, net, tls, http2 };
  const exported = ([name, module]) => [name, Object.keys(module).sort()];
  return {
    plain: await make(`${url}/echo`),
    posted: await make(`${url}/echo?a=1`, { method: "POST", headers: { "X-k": "1", A: ["1", "2"] }, auth: "u:p" }, "hello"),
    packed: await make(`${url}/gzip`),
    moved: await make(`${url}/moved`),
    missing: await make(`${url}/status/404`),
    empty: await make(`${url}/status/204`),
    slow: await make(`${url}/pieces`),
    refused: await make(refusing),
    closed: await make(`${url}/closed`),
    cut: await make(`${url}/cut`),
    timeout: await make(`${url}/silent`, { timeout: 50, then: (request) => request.on("timeout", () => request.destroy()) }),
    own: await make(`${url}/silent`, { then: (request) => request.setTimeout(50, () => request.destroy(new Error("mine"))) }),
    aborted: await make(`${url}/silent`, { then: (request) => setTimeout(() => request.abort(), 30) }),
    signal: await make(`${url}/silent`, { signal: AbortSignal.timeout(40) }),
    invalid: invalid.map((use) => {
      try {
        return use() && "made";
      } catch (error) {
        return [error.name, error.code, error.message];
      }
    }),
    exported: Object.fromEntries(Object.entries(modules).map(exported)),
    classes: [http.globalAgent instanceof http.Agent, https.globalAgent instanceof http.Agent, http.ClientRequest.name],
  };
}
