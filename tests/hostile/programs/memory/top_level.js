// attacks: memory used up while the program is loaded
// expect load: MEMORY_EXCEEDED
const kept = [];
for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
export default {};
