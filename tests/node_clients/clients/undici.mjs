import * as undici from "CLIENT";
import { heard, textOf, tried } from "./seen.mjs";

export async function call({ url, refusing }) {
  const agent = new undici.Agent({ connect: { timeout: 5000 } });
  const text = async (path, options) => (await undici.request(url + path, options)).body.text();
  undici.setGlobalDispatcher(new undici.Agent({ keepAliveTimeout: 10 }));
  return {
    got: heard(await text("/echo?a=1")),
    posted: heard(await text("/echo", { method: "POST", body: JSON.stringify({ a: 1 }), headers: { "x-a": "1" } })),
    agent: heard(await text("/echo", { dispatcher: agent })),
    pool: heard(await (await new undici.Pool(url).request({ path: "/echo", method: "GET" })).body.text()),
    head: (await undici.request(`${url}/echo`, { method: "HEAD" })).statusCode,
    pieces: await textOf((await undici.request(`${url}/pieces`)).body),
    moved: (await undici.request(`${url}/moved`)).statusCode,
    missing: (await undici.request(`${url}/status/404`)).statusCode,
    refused: await tried(() => undici.request(refusing)),
    aborted: await tried(() => undici.request(`${url}/silent`, { signal: AbortSignal.timeout(50) })),
    closed: await tried(() => undici.request(`${url}/closed`)),
    cut: await tried(() => text("/cut")),
  };
}
