// attacks: the parts of require, looking for the loader behind it
// expect: result ["undefined",[],"undefined"]
// form: script
exports.default = { tools: { run: { execute: function () { return [typeof require.main.constructor._load, Object.keys(require.cache), typeof module.constructor._extensions]; } } } };
