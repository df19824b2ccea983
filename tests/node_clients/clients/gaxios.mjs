import { request } from "gaxios";
import { heard, tried } from "./seen.mjs";

export async function call({ url, refusing }) {
  return {
    got: heard((await request({ url: `${url}/echo` })).data),
    posted: heard((await request({ url: `${url}/echo`, method: "POST", data: { a: 1 } })).data),
    missing: await tried(() => request({ url: `${url}/status/404` })),
    refused: await tried(() => request({ url: refusing, retry: false })),
    timeout: await tried(() => request({ url: `${url}/silent`, timeout: 60 })),
  };
}
