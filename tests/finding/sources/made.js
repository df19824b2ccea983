import { Agent } from "@openai/agents";
import { instructions, own } from "./parts.js";

export function makeFirst() {
  const tools = [own(1)];
  return new Agent({ name: "First", instructions: () => instructions("one"), tools });
}
export const all = { list: [new Agent({ name: "Second", instructions: instructions("two"), tools: [own(2)] })] };
