// attacks: a call that is stopped in the middle of changing a built-in
// expect pollute: FUEL_EXHAUSTED
// expect probe: result [1,2,3]
export default { tools: {
  pollute: { execute() { for (;;) { delete Array.prototype.sort; Array.prototype.sort = null; } } },
  probe: { execute: () => [3, 1, 2].sort() },
} };
