// A Lightfast project: three agents, made in other modules, in one configuration.
import { createLightfast } from "lightfast";
import keeper, { clerk, surveyor } from "./agents.js";

const agents = { clerk, "field-surveyor": surveyor };

export default createLightfast({
  agents: Object.assign({}, agents, { keeper }),
  metadata: { name: "office", version: "1.2.3", tags: ["office", "notes"] },
});
