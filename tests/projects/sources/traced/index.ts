// An AI SDK agent with traces, a rotating log, spinners, prompts, other programs and PDF files.
import { input as ask } from "@inquirer/prompts";
import { Client } from "@notionhq/client";
import { SpanStatusCode, context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import * as Sentry from "@sentry/node";
import { ToolLoopAgent, tool } from "ai";
import { execa } from "execa";
import ora from "ora";
import { PDFDocument, StandardFonts } from "pdf-lib";
import { Telegraf } from "telegraf";
import winston from "winston";
import DailyRotateFile from "winston-daily-rotate-file";
import { z } from "zod";

Sentry.init({ dsn: "", tracesSampleRate: 0 });
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
const tracer = trace.getTracer("traced");
const log = winston.createLogger({ transports: [new DailyRotateFile({ dirname: "logs", filename: "%DATE%.log", maxFiles: "3d" })] });
const spinner = ora({ text: "starting", isSilent: true }).start();
const notion = new Client({ auth: process.env.API_KEY, baseUrl: `${process.env.API_URL}/traced` });
const bot = new Telegraf("1:token");
bot.start((context) => context.reply("Welcome"));
log.info("started");
spinner.succeed();
export const question = () => ask({ message: "Who?" });

export const traced = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  tools: {
    spans: tool({
      description: "Works within spans",
      inputSchema: z.object({ names: z.array(z.string()) }),
      execute: async ({ names }) => {
        exporter.reset();
        await tracer.startActiveSpan("all", async (parent) => {
          await Promise.all(names.map((name) => tracer.startActiveSpan(name, async (span) => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            span.setAttribute("own", trace.getSpan(context.active()) === span);
            span.setStatus({ code: SpanStatusCode.OK });
            span.end();
          })));
          parent.end();
        });
        const spans = exporter.getFinishedSpans();
        const parent = spans.find(({ name }) => name === "all")!.spanContext().spanId;
        return spans.map((span) => [span.name, span.attributes.own ?? null, span.parentSpanContext?.spanId === parent]);
      },
    }),
    page: tool({
      description: "Reads a page of Notion",
      inputSchema: z.object({ id: z.string() }),
      execute: async ({ id }) => notion.pages.retrieve({ page_id: id }),
    }),
    pdf: tool({
      description: "Writes a PDF file and reads it",
      inputSchema: z.object({ text: z.string() }),
      execute: async ({ text }) => {
        const document = await PDFDocument.create();
        const font = await document.embedFont(StandardFonts.Helvetica);
        document.addPage([200, 100]).drawText(text, { x: 10, y: 50, size: 12, font });
        document.setTitle(text);
        const again = await PDFDocument.load(await document.save());
        return { pages: again.getPageCount(), title: again.getTitle(), width: font.widthOfTextAtSize(text, 12) };
      },
    }),
    programs: tool({
      description: "Starts a program that is not there",
      inputSchema: z.object({}),
      execute: async () => {
        try {
          return await execa("program-of-nobody", ["--version"]);
        } catch (error) {
          return { code: (error as any).code, name: (error as Error).name };
        }
      },
    }),
  },
});
