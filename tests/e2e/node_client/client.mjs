// Makes calls that standard input describes, one JSON object a line:
//   {service, method, request, cancelAfter?}
// and prints one line for each: {responses, code, details}. Bytes are base64 in both.
// node client.mjs PROTO_FOLDER ADDRESS
import { createInterface } from "node:readline";
import { credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { fromJson, toJson } from "./json.mjs"; // as docs/grpc.md has it

const [protos, address] = process.argv.slice(2);
const files = ["executor_service", "session_service"].map((name) => `caisson/executor/v1/${name}.proto`);
const definition = loadSync(files, {
  includeDirs: [protos],
  longs: Number,
  enums: String,
  bytes: String,
  oneofs: true,
});
const packages = loadPackageDefinition(definition).caisson.executor.v1;
const clients = {};

function clientOf(service) {
  clients[service] ??= new packages[service](address, credentials.createInsecure());
  return clients[service];
}

function call({ service, method, request, cancelAfter }) {
  const client = clientOf(service);
  const { responseStream } = client[method];
  const deadline = new Date(Date.now() + 60_000);
  if (request.plainContext) request.spec.requestContext = toJson(request.plainContext);
  return new Promise((resolve) => {
    const responses = [];
    const end = ({ code, details }) => resolve({ responses, code, details });
    if (!responseStream) {
      const unary = client[method](request, { deadline }, (error, response) => {
        if (response) responses.push(response);
      });
      unary.on("status", (status) => setImmediate(end, status));
      return;
    }
    const stream = client[method](request, { deadline });
    stream.on("data", (response) => {
      const { toolInputAvailable: asked, toolOutputAvailable: returned } = response.event ?? {};
      if (asked) asked.plain = fromJson(asked.input);
      if (returned) returned.plain = fromJson(returned.output);
      responses.push(response);
      if (cancelAfter && response.event?.event === cancelAfter) stream.cancel();
    });
    stream.on("error", () => {}); // the status has it
    stream.on("status", end);
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await call(JSON.parse(line))));
}
for (const client of Object.values(clients)) client.close();
