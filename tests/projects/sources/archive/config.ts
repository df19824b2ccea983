import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export interface Config {
  name: string;
  folder: string;
}

export function config(): Config {
  const none = { name: "archive", folder: path.join(os.tmpdir(), "archive-") };
  for (const file of [path.join(os.homedir(), ".archive-of-nobody.json"), "./archive.config.json"]) {
    try {
      return { ...none, ...JSON.parse(fs.readFileSync(file, "utf8")) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return none;
}
