import nconf from "nconf";
nconf.argv().env().file({ file: "nconf.json" });
export async function call() {
  nconf.set("database:host", "127.0.0.1");
  await new Promise((ok, no) => nconf.save((e) => e ? no(e) : ok()));
  nconf.load();
  return [nconf.get("database"), nconf.get("nothing") ?? null];
}
