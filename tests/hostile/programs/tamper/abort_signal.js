// attacks: the class of the abort signal that tools are given replaced while loading
// expect: one of result "fine", THROWN: the program broke its own globals, and is told so
globalThis.AbortController = class { get signal() { throw new Error("no signal"); } };
export default { tools: { run: { execute: () => "fine" } } };
