// attacks: marks of one call, read in the next
// expect pollute: result 1
// expect probe: result 0
export default { tools: {
  pollute: { execute() { performance.mark("secret"); return performance.getEntries().length; } },
  probe: { execute: () => performance.getEntries().length },
} };
