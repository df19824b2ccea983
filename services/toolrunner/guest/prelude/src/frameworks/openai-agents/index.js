// The OpenAI Agents SDK: a tool has `invoke`, which checks its input itself.
import { invokeTool, isInvoked, showOf } from "./calls.js";
import { hooksOf } from "./hooks.js";
import { isEnabledOf, partsOf } from "./parts.js";
import { agentsPackage, agentsRefused } from "./package.js";

const PACKAGES = /^@openai\/agents(?:-core|-openai|-extensions)?(?:\/|$)/;
const invoked = { method: "invoke", checksInput: true, admits: true, call: invokeTool, show: showOf };
let exported;

function entryOf(specifier, parsed) {
  if (!PACKAGES.test(specifier)) return undefined;
  exported ??= agentsPackage(parsed);
  return { exports: exported, refuse: agentsRefused, known: true };
}

export const openaiAgents = {
  entryOf,
  callerOf: (tool) => (isInvoked(tool) ? invoked : undefined),
  partsOf,
  hooksOf,
  isEnabledOf,
};
