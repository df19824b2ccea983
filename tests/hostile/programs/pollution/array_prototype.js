// attacks: Array.prototype broken in one call, used in the next
// expect pollute: result "broken"
// expect probe: result [2,4]
export default { tools: {
  pollute: { execute() { Array.prototype.map = () => "poison"; Array.prototype[Symbol.iterator] = null; return "broken"; } },
  probe: { execute: () => [...[1, 2].map((n) => n * 2)] },
} };
