import { Agent } from "@openai/agents";
import { instructions, own } from "./parts.js";

class Team {
  helper = new Agent({ name: "First", instructions: instructions("one"), tools: [own(1)] });
  constructor(name) {
    this.other = new Agent({ name, instructions: instructions("two"), tools: [own(2)] });
  }
}
export const team = new Team("Second");
