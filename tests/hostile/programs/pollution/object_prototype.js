// attacks: Object.prototype polluted in one call, looked at in the next
// expect pollute: result "polluted"
// expect probe: result ["undefined",0]
export default { tools: {
  pollute: { execute() { Object.prototype.polluted = "yes"; return "polluted"; } },
  probe: { execute: () => [typeof {}.polluted, Object.keys(Object.prototype).length] },
} };
