import { createClient } from "@supabase/supabase-js";

export async function call({ url }, { env }) {
  const client = createClient(`${url}/supabase`, env.KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const selected = await client.from("things").select("id, name").eq("kind", "a b").limit(3);
  const inserted = await client.from("things").insert({ name: "new" }).select();
  return { selected: selected.data, error: selected.error, inserted: inserted.data, status: inserted.status };
}
