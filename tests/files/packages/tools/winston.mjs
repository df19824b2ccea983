import winston from "winston"; import fs from "node:fs";
const logger = winston.createLogger({ format: winston.format.simple(), transports: [new winston.transports.File({ filename: "logs/app.log" }), new winston.transports.File({ filename: "logs/error.log", level: "error" })] });
export async function call() {
  logger.info("hello");
  logger.error("bad");
  const done = Promise.all(logger.transports.map((t) => new Promise((r) => t.on("finish", () => setTimeout(r, 50)))));
  logger.end();
  await done;
  return [fs.readFileSync("logs/app.log", "utf8"), fs.readFileSync("logs/error.log", "utf8")];
}
