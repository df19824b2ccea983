// attacks: the iterator of arrays replaced while loading
// expect: one of result "fine", THROWN: finding the tool of a program that broke its own arrays may fail, but truthfully
Array.prototype[Symbol.iterator] = () => { throw new Error("broken by the program"); };
export default { tools: { run: { execute: () => "fine" } } };
