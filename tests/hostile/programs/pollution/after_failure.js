// attacks: a call that pollutes and then uses up its memory
// expect pollute: MEMORY_EXCEEDED
// expect probe: result "undefined"
// limits: fuel 20G
export default { tools: {
  pollute: { execute() { Object.prototype.polluted = 1; const all = []; for (;;) all.push(new Array(100000).fill({})); } },
  probe: { execute: () => typeof {}.polluted },
} };
