import { createEnv } from "@t3-oss/env-core";
import { z } from "zod";
const env = createEnv({
  server: { API_KEY: z.string().min(8), API_URL: z.string().url(), EMPTY: z.string().default("default") },
  runtimeEnv: process.env,
  emptyStringAsUndefined: true,
  onValidationError: (issues) => {
    throw new Error(`invalid: ${issues.map((issue) => issue.path).sort()}`);
  },
});
export const call = () => [env.API_KEY, env.API_URL, env.EMPTY];
