// attacks: a script that closes the wrapper that is put around it, and runs as ordinary global code
// expect load: result "loaded"
// expect: THROWN EvalError
// form: script
});
const reached = [typeof native, typeof emit, typeof handlers, typeof cleaner].filter((type) => type !== "undefined");
globalThis.agents = { default: { tools: { run: { execute() { throw new EvalError(`reached ${reached}`); } } } } };
(function () {
