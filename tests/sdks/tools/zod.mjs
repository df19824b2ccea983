import { z } from "zod";

const schema = z.object({ email: z.string().email(), tags: z.array(z.string()).max(2).default([]) });

export async function call() {
  const good = schema.safeParse({ email: "a@example.com" });
  const bad = schema.safeParse({ email: "no", tags: ["a", "b", "c"] });
  return { good: good.data, issues: bad.error.issues };
}
