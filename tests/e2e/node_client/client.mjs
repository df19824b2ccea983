// Streams one run, its JSON values as plain ones: node client.mjs PROTO_FOLDER COMMON_PROTO_FOLDER ADDRESS BUNDLE AGENT MESSAGE
// Prints one JSON object per event, then {"status": {code, details}}.
import { readFileSync } from "node:fs";
import { credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { fromValue, toStruct } from "./struct.mjs"; // as docs/grpc.md has it

const CONTEXT = { tenant: { plan: "gold", seats: 3, tags: ["a", null, true, 0.5], none: {} } };
const [protos, common, address, bundle, agent, message] = process.argv.slice(2);
const definition = loadSync("caisson/executor/v1/executor_service.proto", {
  includeDirs: [protos, common],
  longs: Number,
  enums: String,
  oneofs: true,
});
const { ExecutorService } = loadPackageDefinition(definition).caisson.executor.v1;
const client = new ExecutorService(address, credentials.createInsecure());

const deadline = new Date(Date.now() + 60_000);
const run = client.executeAgent(
  { bundle: { inline: readFileSync(bundle) }, agent, message, requestContext: toStruct(CONTEXT) },
  { deadline },
);
run.on("data", (event) => {
  const { toolInputAvailable: asked, toolOutputAvailable: returned } = event;
  if (asked) asked.input = fromValue(asked.input);
  if (returned) returned.output = fromValue(returned.output);
  console.log(JSON.stringify(event));
});
run.on("error", () => {}); // the status event below has it
run.on("status", ({ code, details }) => {
  console.log(JSON.stringify({ status: { code, details } }));
  client.close();
});
