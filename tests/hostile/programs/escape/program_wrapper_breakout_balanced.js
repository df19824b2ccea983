// attacks: a script that closes the wrapper and opens another one, to run in the prelude's scope
// expect load: result "loaded"
// expect: one of LOAD_FAILED, TOOL_NOT_FOUND, result {"native":"undefined","emit":"undefined","handlers":"undefined"}: the text may be refused or run as ordinary global code
// form: script
return {};
});
var seen = { native: typeof native, emit: typeof emit, handlers: typeof handlers };
(function (exports, require, module, __filename, __dirname) {
module.exports = { default: { tools: { run: { execute: () => seen } } } };
