import pino from "pino"; import fs from "node:fs";
const log = pino({ base: null, timestamp: false }, pino.destination({ dest: "pino/out.log", mkdir: true, sync: true }));
export async function call() {
  log.info({ a: 1 }, "hi");
  log.flush?.();
  const later = pino.destination({ dest: "pino/async.log", sync: false });
  const l2 = pino({ base: null, timestamp: false }, later);
  l2.warn("later");
  await new Promise((r) => setTimeout(r, 30));
  l2.flush(() => {});
  await new Promise((r) => setTimeout(r, 50));
  return [fs.readFileSync("pino/out.log", "utf8"), fs.readFileSync("pino/async.log", "utf8")];
}
