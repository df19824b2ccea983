import OpenAI from "openai";

export async function call({ url }, { env }) {
  const client = new OpenAI({ apiKey: env.KEY, baseURL: `${url}/openai/v1`, maxRetries: 0, dangerouslyAllowBrowser: true });
  const completion = await client.chat.completions.create({
    model: "gpt-x",
    messages: [{ role: "user", content: "Hello" }],
  });
  const stream = await client.chat.completions.create({
    model: "gpt-x",
    messages: [{ role: "user", content: "Hello" }],
    stream: true,
  });
  let streamed = "";
  for await (const chunk of stream) streamed += chunk.choices[0]?.delta?.content ?? "";
  let refused;
  try {
    await client.models.retrieve("missing");
  } catch (error) {
    refused = { name: error.constructor.name, status: error.status, message: error.message };
  }
  return { text: completion.choices[0].message.content, streamed, refused };
}
