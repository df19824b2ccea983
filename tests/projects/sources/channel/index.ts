// A Slack application beside an AI SDK agent, which uses its client.
import bolt from "@slack/bolt";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const app = new bolt.App({
  token: process.env.SLACK_BOT_TOKEN ?? "xoxb-none",
  signingSecret: process.env.SLACK_SIGNING_SECRET ?? "none",
  tokenVerificationEnabled: false,
  clientOptions: { slackApiUrl: `${process.env.API_URL}/channel/api/`, retryConfig: { retries: 0 } },
});
app.message("hello", async ({ say }) => {
  await say("Hi!");
});
app.event("app_mention", async ({ event, say }) => {
  await say(`<@${event.user}>`);
});
app.error(async (error) => console.error(error));

if (process.env.START === "yes") start();
async function start() {
  await app.start(Number(process.env.PORT ?? 3000));
  console.log("the app is running");
}

export const channel = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  tools: {
    post: tool({
      description: "Posts to a channel",
      inputSchema: z.object({ channel: z.string(), text: z.string() }),
      execute: async ({ channel, text }) => {
        const blocks = [{ type: "section", text: { type: "mrkdwn", text } }];
        const { ok, ts } = await app.client.chat.postMessage({ channel, text, blocks });
        return { ok, ts };
      },
    }),
    refused: tool({
      description: "Asks for what is refused",
      inputSchema: z.object({}),
      execute: async () => {
        try {
          return await app.client.users.info({ user: "nobody" });
        } catch (error) {
          return { code: (error as any).code, message: (error as Error).message };
        }
      },
    }),
  },
});
