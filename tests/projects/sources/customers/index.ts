// A Mastra agent with a pool of Postgres and drizzle.
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { and, desc, gt, ilike } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable, serial, timestamp, varchar } from "drizzle-orm/pg-core";
import pg from "pg";
import { z } from "zod";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? "postgres://u:p@127.0.0.1:1/db", max: 5, connectionTimeoutMillis: 2000 });
pool.on("error", (error) => console.error("idle client", error));
const customers = pgTable("customers", {
  id: serial("id").primaryKey(),
  name: varchar("name", { length: 80 }).notNull(),
  spent: integer("spent").default(0),
  since: timestamp("since").defaultNow(),
});
const database = drizzle(pool, { schema: { customers } });

const statement = createTool({
  id: "statement",
  description: "The statement of a search",
  inputSchema: z.object({ name: z.string(), least: z.number() }),
  execute: async ({ name, least }) =>
    database.select().from(customers).where(and(ilike(customers.name, `${name}%`), gt(customers.spent, least)))
      .orderBy(desc(customers.spent)).toSQL(),
});
const search = createTool({
  id: "search",
  description: "Searches, or says that the database is away",
  inputSchema: z.object({ name: z.string() }),
  execute: async ({ name }) => {
    try {
      return { rows: (await pool.query("select * from customers where name = $1", [name])).rows };
    } catch (error) {
      return { away: true, code: (error as any).code };
    }
  },
});
const escaped = createTool({
  id: "escaped",
  description: "Escapes a text",
  inputSchema: z.object({ text: z.string() }),
  execute: async ({ text }) => ({ literal: pg.escapeLiteral(text), identifier: pg.escapeIdentifier(text) }),
});

export const agent = new Agent({
  id: "customers", name: "Customers", instructions: "You know customers.", model: "openai/gpt-5-mini",
  tools: { statement, search, escaped },
});
