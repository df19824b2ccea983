// attacks: a script that closes the wrapper and opens another one, to run in the prelude's scope
// expect load: result "loaded"
// expect: result {"native":"undefined","emit":"undefined","handlers":"undefined"}
// form: script
return {};
});
var seen = { native: typeof native, emit: typeof emit, handlers: typeof handlers };
(function (exports, require, module, __filename, __dirname) {
module.exports = { default: { tools: { run: { execute: () => seen } } } };
