// A Mastra agent with t3-env and twilio.
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import twilio from "twilio";
import { z } from "zod";
import { env } from "./env";

class Here extends twilio.RequestClient {
  request(options: any) {
    return super.request({ ...options, uri: options.uri.replace("https://api.twilio.com", `${env.API_URL}/messages`) });
  }
}
const client = twilio("AC00000000000000000000000000000000", env.API_KEY, { httpClient: new Here() });

const send = createTool({
  id: "send",
  description: "Sends a message",
  inputSchema: z.object({ to: z.string(), body: z.string() }),
  execute: async ({ to, body }) => {
    const { sid, status } = await client.messages.create({ to, from: env.MESSAGES_FROM, body });
    return { sid, status };
  },
});

const answer = createTool({
  id: "answer",
  description: "Writes what is said on the phone",
  inputSchema: z.object({ text: z.string() }),
  execute: async ({ text }) => {
    const voice = new twilio.twiml.VoiceResponse();
    voice.say({ voice: "alice" }, text);
    voice.dial("+15550100");
    return { xml: voice.toString() };
  },
});

const verify = createTool({
  id: "verify",
  description: "Checks the signature of a request",
  inputSchema: z.object({ signature: z.string() }),
  execute: async ({ signature }) => ({
    valid: twilio.validateRequest("12345", signature, "https://mycompany.com/myapp.php?foo=1&bar=2", {
      CallSid: "CA1234567890ABCDE", Caller: "+14158675310", Digits: "1234", From: "+14158675310", To: "+18005551212",
    }),
  }),
});

export const agent = new Agent({
  id: "messages",
  name: "Messages",
  instructions: "You send messages.",
  model: "openai/gpt-5-mini",
  tools: { send, answer, verify },
});
