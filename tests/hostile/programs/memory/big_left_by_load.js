// attacks: a program whose image nearly fills the memory, called with a small limit
// expect: MEMORY_EXCEEDED
// limits: memory 20M
const big = new Uint8Array(30 << 20).fill(7);
export default { tools: { run: { execute: () => big[5] } } };
