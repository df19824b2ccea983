// An AI SDK agent that keeps notes with libsql and drizzle; the native database is left out.
import { createClient } from "@libsql/client";
import { eq, like, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/libsql";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

const notes = sqliteTable("notes", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  title: text("title").notNull(),
  body: text("body"),
  at: integer("at", { mode: "timestamp" }).default(sql`(unixepoch())`),
});
const client = createClient({ url: process.env.NOTES_URL ?? "http://127.0.0.1:1" });
const database = drizzle(client, { schema: { notes } });

export const keeper = new ToolLoopAgent({
  model: "openai/gpt-5-mini",
  tools: {
    statement: tool({
      description: "The statement of a search",
      inputSchema: z.object({ word: z.string() }),
      execute: async ({ word }) =>
        database.select({ id: notes.id }).from(notes).where(like(notes.title, `%${word}%`)).limit(5).toSQL(),
    }),
    changes: tool({
      description: "The statement of a change",
      inputSchema: z.object({ id: z.number(), title: z.string() }),
      execute: async ({ id, title }) => database.update(notes).set({ title }).where(eq(notes.id, id)).toSQL(),
    }),
    counted: tool({
      description: "Counts words",
      inputSchema: z.object({ text: z.string() }),
      execute: async ({ text }) => text.split(/\s+/).filter(Boolean).length,
    }),
  },
});
