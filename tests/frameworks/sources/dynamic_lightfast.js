// Agents of Lightfast whose parts are functions of the runtime context.
import { gateway } from "@ai-sdk/gateway";
import { createLightfast } from "lightfast";
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
import { z } from "zod";

const search = createTool({
  description: "Searches",
  inputSchema: z.object({ text: z.string() }),
  execute: async ({ text }, context) => `${text} of ${context.team}`,
});

export default createLightfast({
  agents: {
    guide: createAgent({
      name: "guide",
      system: ({ sessionId, resourceId, team, user }) => `${sessionId} ${resourceId} ${team} ${user ?? "nobody"}`,
      createRuntimeContext: ({ resourceId }) => ({ team: `team of ${resourceId}` }),
      model: gateway("openai/gpt-5"),
      temperature: 0.3,
      tools: (context) => ({ search, ...(context.user === "Ada" ? { more: search } : {}) }),
    }),
  },
});
