import Exa from "exa-js";

export async function call({ url }, { env }) {
  const exa = new Exa(env.KEY, `${url}/exa`);
  const found = await exa.searchAndContents("sandboxes", { numResults: 2, text: true });
  const answer = await exa.answer("What is a caisson?");
  return { found, answer };
}
