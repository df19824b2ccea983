// What the OpenAI Agents SDK's own examples are like: guardrails, handoffs, a context, and a script that runs.
import { Agent, type InputGuardrail, handoff, run, setTracingDisabled, tool } from "@openai/agents";
import { RECOMMENDED_PROMPT_PREFIX } from "@openai/agents-core/extensions";
import { z } from "zod";

setTracingDisabled(true);

interface Airline {
  passenger?: string;
  seat?: string;
}

const faqLookup = tool({
  name: "faq_lookup_tool",
  description: "Lookup frequently asked questions.",
  parameters: z.object({ question: z.string() }),
  execute: async ({ question }) => {
    if (question.includes("bag")) return "One bag, 50 pounds and 22 inches x 14 inches x 9 inches.";
    if (question.includes("wifi")) return "We have free wifi on the plane, join Airline-Wifi";
    throw new Error("I do not know the answer");
  },
});

const updateSeat = tool({
  name: "update_seat",
  description: "Update the seat for a given confirmation number.",
  parameters: z.object({ confirmationNumber: z.string(), newSeat: z.string().nullable() }),
  errorFunction: null,
  execute: async ({ confirmationNumber, newSeat }, context) => {
    if (newSeat === null) throw new RangeError("no seat");
    (context?.context as Airline).seat = newSeat;
    return { confirmationNumber, seat: (context?.context as Airline).seat };
  },
});

const relevance: InputGuardrail = {
  name: "relevance",
  execute: async ({ input }) => ({ tripwireTriggered: false, outputInfo: input }),
};

export const faq = new Agent<Airline>({
  name: "FAQ Agent",
  handoffDescription: "Answers questions about the airline.",
  instructions: `${RECOMMENDED_PROMPT_PREFIX} You are an FAQ agent.`,
  tools: [faqLookup],
});
export const seats = new Agent<Airline>({
  name: "Seat Booking Agent",
  instructions: `${RECOMMENDED_PROMPT_PREFIX} You are a seat booking agent.`,
  tools: [updateSeat],
});
export const triage = Agent.create<Airline, any>({
  name: "Triage Agent",
  instructions: "Route.",
  handoffs: [faq, handoff(seats, { onHandoff: async () => {} })],
  inputGuardrails: [relevance],
});
faq.handoffs.push(triage);

async function main() {
  const result = await run(triage, "Hello", { context: {} });
  console.log(result.finalOutput);
}
main().catch((error) => console.error("the run failed:", error.name));
