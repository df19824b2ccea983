import ky from "ky";

export async function call({ url }, { env }) {
  const client = ky.create({ headers: { authorization: `Bearer ${env.KEY}` }, retry: 0 });
  const got = await client.get(`${url}/echo/ky`, { searchParams: { a: 1 } }).json();
  const posted = await client.post(`${url}/echo/ky`, { json: { a: [1, 2] } }).json();
  let refused;
  try {
    await client.get(`${url}/echo/status/500`);
  } catch (error) {
    refused = { name: error.name, message: error.message.replaceAll(url, "") };
  }
  return { path: got.path, body: posted.body, refused };
}
