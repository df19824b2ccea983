import { WebClient } from "@slack/web-api";

export async function call({ url }, { env }) {
  const slack = new WebClient(env.KEY, { slackApiUrl: `${url}/slack/api/`, retryConfig: { retries: 0 } });
  const posted = await slack.chat.postMessage({ channel: "C1", text: "Hello", blocks: [] });
  return { ok: posted.ok, ts: posted.ts };
}
