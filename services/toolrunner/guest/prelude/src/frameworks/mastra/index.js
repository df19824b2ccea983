// Mastra: agents and tools keep their settings in private fields and expose methods.
import {
  callAnyTool, callMastraTool, isMastraAgent, isMastraTool, mastraAgentsOf, mastraTools, showOf,
} from "./calls.js";
import { processorHooks } from "./hooks.js";
import { mastraCore, mastraRefused } from "./package.js";
import { mastraHooks, mastraParts } from "./parts.js";
import { readMastraInput } from "./schemas.js";

const NO_AGENTS = {};
const shared = { agentIsSilent: true, show: showOf };
const own = { ...shared, checksInput: true, call: callMastraTool };
const any = { ...shared, read: readMastraInput, call: callAnyTool };

const LOGS = /^@mastra\/(?:loggers|core\/logger)(?:\/|$)/;
const TRACES = /^@mastra\/(?:observability|otel-|langfuse|langsmith|braintrust|arize|datadog|posthog|sentry|laminar|evals)/;

function watchesOf(specifier) {
  if (LOGS.test(specifier)) return "logs";
  return TRACES.test(specifier) ? "traces" : undefined;
}

function entryOf(specifier) {
  if (!/^@mastra\/./.test(specifier)) return undefined;
  const isCore = /^@mastra\/core(?:\/|$)/.test(specifier);
  const exports = isCore ? mastraCore : {};
  return { exports, refuse: mastraRefused, known: true, open: true, watches: watchesOf(specifier) };
}

// Sub-agents that an agent may call are not agents of the bundle.
const agentsOf = (value) => (isMastraAgent(value) ? NO_AGENTS : mastraAgentsOf(value));

function callerOf(tool, agent) {
  if (isMastraTool(tool)) return own;
  return isMastraAgent(agent) ? any : undefined;
}

export const mastra = {
  entryOf,
  agentsOf,
  toolsOf: (agent) => (isMastraAgent(agent) ? mastraTools(agent) : undefined),
  callerOf,
  partsOf: (agent) => (isMastraAgent(agent) ? mastraParts(agent) : undefined),
  hooksOf: (agent) => (isMastraAgent(agent) ? { ...mastraHooks(agent), ...processorHooks(agent) } : undefined),
};
