import { fetch } from "undici";
import { heard } from "./seen.mjs";

export async function call({ url }) {
  return heard(await (await fetch(`${url}/echo`)).text());
}
