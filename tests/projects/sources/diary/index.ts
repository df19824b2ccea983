// An OpenAI Agents SDK agent with Google's calendar.
import { Agent, tool } from "@openai/agents";
import { auth, calendar } from "googleapis/build/src/apis/calendar/index.js";
import { z } from "zod";

const oauth = new auth.OAuth2("id", "secret", "http://localhost/callback");
oauth.setCredentials({ access_token: process.env.API_KEY, expiry_date: 4102444800000 });
const client = calendar({ version: "v3", auth: oauth, rootUrl: `${process.env.API_URL}/diary/` });

const list = tool({
  name: "list",
  description: "Lists events",
  parameters: z.object({ day: z.string() }),
  execute: async ({ day }) => {
    const { data, status } = await client.events.list({
      calendarId: "primary", timeMin: `${day}T00:00:00Z`, singleEvents: true, orderBy: "startTime",
    });
    return { status, data };
  },
});

const add = tool({
  name: "add",
  description: "Adds an event",
  parameters: z.object({ summary: z.string() }),
  execute: async ({ summary }) => {
    const { data } = await client.events.insert({ calendarId: "primary", requestBody: { summary } });
    return data;
  },
});

const consent = tool({
  name: "consent",
  description: "Where a person agrees",
  parameters: z.object({}),
  execute: async () => oauth.generateAuthUrl({ access_type: "offline", scope: ["https://www.googleapis.com/auth/calendar"] }),
});

export const agent = new Agent({ name: "Diary", model: "gpt-5-mini", tools: [list, add, consent] });
