// attacks: Promise broken in one call, awaited in the next
// expect pollute: result "broken"
// expect probe: result "works"
export default { tools: {
  pollute: { execute() { globalThis.Promise = null; return "broken"; } },
  probe: { async execute() { await new Promise((resolve) => setTimeout(resolve, 1)); return "works"; } },
} };
