import { z } from "zod";
const schema = z.object({ API_KEY: z.string().min(8), PORT: z.coerce.number().default(3), API_URL: z.string().url() });
const env = schema.parse(process.env);
export const call = () => [env, env.API_KEY === process.env.API_KEY];
