import Exa from "exa-js";
const exa = new Exa(process.env.EXA_API_KEY);
export const call = () => [exa.headers.get("x-api-key"), exa.baseURL];
