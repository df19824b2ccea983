import fs from "node:fs";
import path from "node:path";
import winston from "winston";

const folder = path.join(process.cwd(), "logs");
if (!fs.existsSync(folder)) fs.mkdirSync(folder, { recursive: true });

export const logger = winston.createLogger({
  level: process.env.LOG_LEVEL ?? "info",
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [
    new winston.transports.Console({ format: winston.format.simple(), stderrLevels: ["error"] }),
    new winston.transports.File({ filename: path.join(folder, "orders.log") }),
  ],
});
