import cors from "cors";
import express from "express";
import { log } from "./log";

export const app = express();
app.use(cors());
app.use(express.json({ limit: "1mb" }));
app.get("/health", (_, response) => {
  response.json({ ok: true });
});
app.use((error: Error, _request: unknown, response: any, _next: unknown) => {
  log.error({ error }, "failed");
  response.status(500).json({ error: error.message });
});
