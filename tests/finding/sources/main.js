import { Agent, run } from "@openai/agents";
import { instructions, own } from "./parts.js";

async function main() {
  const value = 1;
  function twice(n) {
    return 2 * n;
  }
  const first = new Agent({ name: "First", instructions: instructions("one"), tools: [own(value)] });
  const second = new Agent({ name: "Second", instructions: instructions("two"), tools: [own(twice(value))] });
  second.handoffs = [first];
  await run(second, "hi");
}
main().catch((error) => console.error(error));
