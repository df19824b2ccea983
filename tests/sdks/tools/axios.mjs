import axios from "axios";

export async function call({ url }, { env }) {
  const client = axios.create({ baseURL: `${url}/echo`, adapter: "fetch", headers: { "x-key": env.KEY } });
  const got = await client.get("/get", { params: { a: [1, 2], b: "x y" } });
  const posted = await client.post("/post", { a: 1 });
  const form = await client.postForm("/form", { a: "1", b: "zwei" });
  let refused;
  try {
    await client.get("/status/418");
  } catch (error) {
    refused = { name: error.name, code: error.code, status: error.response.status };
  }
  return { got: got.data, posted: posted.data.body, form: form.data.method, refused };
}
