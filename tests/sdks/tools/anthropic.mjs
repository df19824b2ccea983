import Anthropic from "@anthropic-ai/sdk";

export async function call({ url }, { env }) {
  const client = new Anthropic({ apiKey: env.KEY, baseURL: `${url}/anthropic`, maxRetries: 0, dangerouslyAllowBrowser: true });
  const message = await client.messages.create({
    model: "claude-x",
    max_tokens: 64,
    messages: [{ role: "user", content: "Hello" }],
  });
  return { text: message.content[0].text, usage: message.usage };
}
