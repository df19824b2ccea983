// attacks: the class of the abort signal that tools are given replaced while loading
// expect: THROWN Error
globalThis.AbortController = class { get signal() { throw new Error("no signal"); } };
export default { tools: { run: { execute: () => "fine" } } };
