import request from "request";
import { heard, tried } from "./seen.mjs";

export async function call({ url, refusing }) {
  const made = (target, options = {}) =>
    new Promise((resolve, reject) => {
      request(target, options, (error, response, body) => (error ? reject(error) : resolve([response.statusCode, body])));
    });
  const echo = async (options) => heard((await made(`${url}/echo`, options))[1]);
  return {
    got: await echo({ auth: { user: "u", pass: "p" } }),
    posted: await echo({ method: "POST", json: { a: 1 } }),
    form: await echo({ method: "POST", form: { a: 1 } }),
    multipart: await echo({ method: "POST", formData: { a: "b" } }),
    packed: await made(`${url}/gzip`, { gzip: true }),
    moved: heard((await made(`${url}/moved`))[1]),
    missing: await made(`${url}/status/404`),
    refused: await tried(() => made(refusing)),
    timeout: await tried(() => made(`${url}/silent`, { timeout: 60 })),
    closed: await tried(() => made(`${url}/closed`)),
    cut: await tried(() => made(`${url}/cut`)),
  };
}
