// An AI SDK agent that writes mail: nodemailer, handlebars, node-cron, YAML and CSV.
import { parse as csv } from "csv-parse/sync";
import Handlebars from "handlebars";
import * as yaml from "js-yaml";
import cron from "node-cron";
import nodemailer from "nodemailer";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const smtp = nodemailer.createTransport({
  host: process.env.SMTP_HOST ?? "127.0.0.1",
  port: Number(process.env.SMTP_PORT ?? 1),
  auth: { user: "me", pass: process.env.API_KEY },
  connectionTimeout: 2000,
});
const paper = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "unix" });
const greeting = Handlebars.compile("<p>Hi {{name}},</p>{{#each lines}}<li>{{this}}</li>{{/each}}");
cron.schedule("0 8 * * *", () => console.log("good morning"));

export const writer = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  tools: {
    written: tool({
      description: "Writes a mail",
      inputSchema: z.object({ name: z.string(), lines: z.array(z.string()) }),
      execute: async (input) => {
        const { message } = await paper.sendMail({
          from: "me@example.org", to: `${input.name} <you@example.org>`, subject: "Grüße",
          html: greeting(input), text: input.lines.join("\n"), messageId: "<1@example.org>", date: new Date(0),
          attachments: [{ filename: "a.txt", content: "hello" }],
        });
        return String(message).replace(/--_NmP-[^"\s;]+/g, "BOUNDARY");
      },
    }),
    sent: tool({
      description: "Sends a mail, or says why not",
      inputSchema: z.object({}),
      execute: async () => {
        try {
          return await smtp.sendMail({ from: "me@example.org", to: "you@example.org", text: "x" });
        } catch (error) {
          return { code: (error as any).code, command: (error as any).command };
        }
      },
    }),
    read: tool({
      description: "Reads settings and rows",
      inputSchema: z.object({ settings: z.string(), rows: z.string() }),
      execute: async ({ settings, rows }) => ({
        settings: yaml.load(settings),
        rows: csv(rows, { columns: true, cast: true }),
        again: yaml.dump(yaml.load(settings)),
        valid: cron.validate("*/5 * * * *"),
      }),
    }),
  },
});
