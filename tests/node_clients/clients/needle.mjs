import needle from "needle";
import { heard, tried } from "./seen.mjs";

export async function call({ url, refusing }) {
  const echo = async (...rest) => heard((await needle(...rest)).body.toString());
  const file = { buffer: Buffer.from("hi"), filename: "x", content_type: "text/plain" };
  return {
    got: await echo("get", `${url}/echo`, { username: "u", password: "p" }),
    posted: await echo("post", `${url}/echo`, { a: 1 }, { json: true }),
    form: await echo("post", `${url}/echo`, { a: 1 }),
    multipart: await echo("post", `${url}/echo`, { a: "b", f: file }, { multipart: true }),
    moved: await echo("get", `${url}/moved`, { follow_max: 3 }),
    missing: (await needle("get", `${url}/status/404`)).statusCode,
    refused: await tried(() => needle("get", refusing)),
    timeout: await tried(() => needle("get", `${url}/silent`, { response_timeout: 60 })),
    closed: await tried(() => needle("get", `${url}/closed`)),
  };
}
