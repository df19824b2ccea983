import { createEnv } from "@t3-oss/env-core";
import { z } from "zod";

export const env = createEnv({
  server: {
    API_URL: z.string().url(),
    API_KEY: z.string().min(1),
    MESSAGES_FROM: z.string().default("+15005550006"),
  },
  runtimeEnv: process.env,
  emptyStringAsUndefined: true,
});
