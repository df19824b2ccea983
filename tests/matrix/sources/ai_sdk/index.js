// An AI SDK project: an agent is known by the name of its export.
import { gateway } from "@ai-sdk/gateway";
import { ToolLoopAgent } from "ai";
import { mixed, note, versioned } from "./tools.js";

export { clerk } from "./clerk.js";
export { surveyor as fieldSurveyor } from "./surveyor.js";

const keeper = new ToolLoopAgent({
  model: gateway("google/gemini-2.5-pro"),
  instructions: {
    role: "system",
    content: "You keep notes.",
    providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } },
  },
  tools: { mixed, versioned, note },
});

export { keeper };
export default keeper;
