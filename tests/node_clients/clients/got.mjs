import got from "CLIENT";
import { heard, textOf, tried } from "./seen.mjs";

export async function call({ url, refusing }) {
  const client = got.extend({ prefixUrl: url, retry: { limit: 0 } });
  const { statusCode, headers, retryCount } = await client.get("echo");
  return {
    got: heard(await client.get("echo", { searchParams: { a: 1 } }).json()),
    posted: heard(await client.post("echo", { json: { a: 1 } }).json()),
    form: heard(await client.post("echo", { form: { a: "1 2" } }).json()),
    whole: [statusCode, headers["set-cookie"], retryCount],
    packed: await client.get("gzip").text(),
    pieces: await textOf(client.stream("pieces")),
    moved: heard(await client.get("moved").json()),
    stayed: (await client.get("moved", { followRedirect: false })).statusCode,
    missing: await tried(() => client.get("status/404")),
    refused: await tried(() => got(refusing, { retry: { limit: 0 } })),
    timeout: await tried(() => client.get("silent", { timeout: { request: 60 } })),
    response: await tried(() => client.get("silent", { timeout: { response: 60 } })),
    closed: await tried(() => client.get("closed")),
    cut: await tried(() => client.get("cut")),
  };
}
