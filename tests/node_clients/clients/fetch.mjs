import { failure } from "./seen.mjs";

// Of what fetch gives: text, or the message and the code of the cause, which programs compare.
async function given(url, options) {
  try {
    return await (await fetch(url, options)).text();
  } catch (error) {
    const { name, message, cause } = failure(error);
    return [name, message, cause];
  }
}

export async function call({ url, refusing }) {
  return {
    members: await given(`${url}/members`),
    label: await given(`${url}/coding/utf-8`),
    chunked: await given(`${url}/coding/aws-chunked`),
    twice: await given(`${url}/twice`),
    moved: new URL((await fetch(`${url}/utf8`)).url).pathname,
    closed: await given(`${url}/closed`),
    cut: await given(`${url}/cut`),
    corrupt: await given(`${url}/coding/gzip`),
    refused: await given(refusing),
    redirected: await given(`${url}/moved`, { redirect: "error" }),
    manual: (await fetch(`${url}/moved`, { redirect: "manual" })).headers.get("location"),
  };
}
