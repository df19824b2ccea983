import superagent from "superagent";
import { heard, tried } from "./seen.mjs";

export async function call({ url, refusing }) {
  const post = () => superagent.post(`${url}/echo`);
  return {
    got: heard((await superagent.get(`${url}/echo`).query({ a: 1 }).auth("u", "p")).text),
    posted: heard((await post().send({ a: 1 })).text),
    form: heard((await post().type("form").send({ a: 1 })).text),
    multipart: heard((await post().field("a", "b").attach("f", Buffer.from("hi"), "x.txt")).text),
    packed: (await superagent.get(`${url}/gzip`).buffer(true)).text,
    moved: heard((await superagent.get(`${url}/moved`)).text),
    missing: await tried(() => superagent.get(`${url}/status/404`)),
    refused: await tried(() => superagent.get(refusing)),
    timeout: await tried(() => superagent.get(`${url}/silent`).timeout(60)),
    closed: await tried(() => superagent.get(`${url}/closed`)),
    cut: await tried(() => superagent.get(`${url}/cut`)),
  };
}
