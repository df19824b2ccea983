// An OpenAI Agents project: an agent is known by the name of its export, a tool by its own name.
export { clerk, surveyor as fieldSurveyor, triage as default } from "./agents.js";
