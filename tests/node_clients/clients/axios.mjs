import axios from "axios";
import FormData from "form-data";
import KeepAlive from "agentkeepalive";
import { Readable } from "node:stream";
import { heard, textOf, tried } from "./seen.mjs";

export async function call({ url, refusing }) {
  const client = axios.create({ baseURL: url });
  const form = new FormData();
  form.append("a", "b");
  form.append("f", Buffer.from("hi"), { filename: "x.txt" });
  const echo = async (method, ...rest) => heard((await client[method]("/echo", ...rest)).data);
  return {
    got: await echo("get", { params: { a: [1, 2], b: "x y" }, auth: { username: "u", password: "p" } }),
    posted: await echo("post", { a: 1 }),
    form: await echo("post", new URLSearchParams({ a: "1" })),
    multipart: await echo("post", form, { headers: form.getHeaders() }),
    streamed: await echo("put", Readable.from(["a", "b"])),
    deleted: await echo("delete", { data: { a: 1 }, httpAgent: new KeepAlive() }),
    head: (await client.head("/echo")).status,
    packed: (await client.get("/gzip")).data,
    pieces: await textOf((await client.get("/pieces", { responseType: "stream" })).data),
    moved: heard((await client.get("/moved")).data),
    stayed: await tried(() => client.get("/moved", { maxRedirects: 0 })),
    missing: await tried(() => client.get("/status/404")),
    broken: await tried(() => client.get("/status/500")),
    refused: await tried(() => client.get(refusing)),
    timeout: await tried(() => client.get("/silent", { timeout: 60 })),
    aborted: await tried(() => client.get("/silent", { signal: AbortSignal.timeout(50) })),
    closed: await tried(() => client.get("/closed")),
    cut: await tried(() => client.get("/cut")),
  };
}
