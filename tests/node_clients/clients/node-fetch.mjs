import fetch from "CLIENT";
import FormData from "form-data";
import { heard, textOf, tried } from "./seen.mjs";

export async function call({ url, refusing }) {
  const form = new FormData();
  form.append("a", "b");
  const text = async (path, options) => (await fetch(url + path, options)).text();
  const json = { method: "POST", body: JSON.stringify({ a: 1 }), headers: { "content-type": "application/json" } };
  const missing = await fetch(`${url}/status/404`);
  return {
    got: heard(await text("/echo")),
    posted: heard(await text("/echo", json)),
    form: heard(await text("/echo", { method: "POST", body: new URLSearchParams({ a: "1" }) })),
    multipart: heard(await text("/echo", { method: "POST", body: form, headers: form.getHeaders() })),
    packed: await text("/gzip"),
    pieces: await textOf((await fetch(`${url}/pieces`)).body),
    moved: heard(await text("/moved")),
    stayed: (await fetch(`${url}/moved`, { redirect: "manual" })).status,
    missing: [missing.status, missing.ok, missing.statusText, await missing.text()],
    refused: await tried(() => fetch(refusing)),
    aborted: await tried(() => fetch(`${url}/silent`, { signal: AbortSignal.timeout(50) })),
    closed: await tried(() => fetch(`${url}/closed`)),
    // The older release waits for ever, in Node too.
    cut: await Promise.race([tried(() => text("/cut")), new Promise((resolve) => setTimeout(resolve, 500, "waits"))]),
  };
}
