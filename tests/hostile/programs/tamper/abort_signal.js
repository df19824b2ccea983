// attacks: the class of the abort signal that tools are given replaced while loading
// expect: result "fine"
globalThis.AbortController = class { get signal() { throw new Error("no signal"); } };
export default { tools: { run: { execute: () => "fine" } } };
