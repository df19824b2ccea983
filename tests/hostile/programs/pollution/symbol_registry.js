// attacks: a registered symbol with state, looked up in the next call
// expect pollute: result "kept"
// expect probe: result "undefined"
export default { tools: {
  pollute: { execute() { globalThis[Symbol.for("state")] = "secret"; Symbol.for("state").description; return "kept"; } },
  probe: { execute: () => typeof globalThis[Symbol.for("state")] },
} };
