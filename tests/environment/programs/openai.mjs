import OpenAI from "openai";
const client = new OpenAI();
export const call = () => [client.apiKey, client.baseURL, client.organization];
