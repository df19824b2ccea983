import winston from "winston"; import "winston-daily-rotate-file"; import fs from "node:fs";
const t = new winston.transports.DailyRotateFile({ filename: "rot-%DATE%.log", datePattern: "YYYY", dirname: "rot", auditFile: "rot/audit.json" }); const logger = winston.createLogger({ transports: [t], format: winston.format.simple() });
export async function call() {
  logger.info("x");
  await new Promise((r) => { t.on("finish", r); logger.end(); });
  await new Promise((r) => setTimeout(r, 50));
  const n = fs.readdirSync("rot").filter((f) => f.startsWith("rot-2"));
  return [n.length, fs.readFileSync("rot/" + n[0], "utf8")];
}
