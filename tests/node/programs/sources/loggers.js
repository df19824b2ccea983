// Loggers, which look at the terminal and the process while they load.
import { PassThrough } from "node:stream";
import pino from "pino";
import winston from "winston";

const winstonLogger = winston.createLogger({ transports: [new winston.transports.Console({ silent: true })] });

export async function run() {
  const lines = new PassThrough();
  const log = pino({ base: null, timestamp: false }, lines);
  log.child({ part: "x" }).warn({ n: 1 }, "hello %s", "there");
  const out = new PassThrough();
  const other = winston.createLogger({ format: winston.format.json(), transports: [new winston.transports.Stream({ stream: out })] });
  other.info("message", { a: 1 });
  await new Promise((resolve) => setTimeout(resolve, 5));
  return [lines.read().toString(), out.read().toString(), winstonLogger.transports.length];
}
