import { Agent } from "@openai/agents";
import { instructions, own } from "./parts.js";

function marked(value: any, context?: any): any {}

@marked
class Team {
  helper = new Agent({ name: "First", instructions: instructions("one"), tools: [own(1)] });
}
export const team = new Team();
export const second = new Agent({ name: "Second", instructions: instructions("two"), tools: [own(2)] });
