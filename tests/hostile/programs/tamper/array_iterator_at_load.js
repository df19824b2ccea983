// attacks: the iterator of arrays replaced while loading
// expect: result "fine"
Array.prototype[Symbol.iterator] = () => { throw new Error("broken by the program"); };
export default { tools: { run: { execute: () => "fine" } } };
