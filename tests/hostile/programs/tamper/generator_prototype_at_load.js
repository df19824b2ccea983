// attacks: the next method of every generator replaced while loading by one that is never done
// expect: FUEL_EXHAUSTED
Object.getPrototypeOf(function* () {}).prototype.next = () => ({ done: false, value: undefined });
export default { tools: { run: { execute: () => { for (const x of (function* () {})()) { if (x) return x; } } } } };
