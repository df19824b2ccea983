import { Agent, run } from "@openai/agents";
import { instructions, own } from "./parts.js";

const first = new Agent({ name: "First", instructions: instructions("one"), tools: [own(1)] });
const second = new Agent({ name: "Second", instructions: instructions("two"), tools: [own(2)], handoffs: [first] });
first.handoffs = [second];
async function main() {
  console.log((await run(second, "hi")).finalOutput);
}
main();
