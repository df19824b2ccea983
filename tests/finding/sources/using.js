import { Agent, run } from "@openai/agents";
import { instructions, own } from "./parts.js";

class Server {
  [Symbol.dispose]() {}
  async [Symbol.asyncDispose]() {}
}
const first = new Agent({ name: "First", instructions: instructions("one"), tools: [own(1)] });
async function main() {
  using held = new Server();
  await using server = new Server();
  const second = new Agent({ name: "Second", instructions: instructions("two"), tools: [own(2)] });
  await run(second, `${held} ${server} ${first.name}`);
}
main();
