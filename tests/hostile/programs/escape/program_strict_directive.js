// attacks: a sloppy script whose `this` is the global object
// expect: result [true,true]
// form: script
var self_this = (function () { return this; })();
module.exports = { tools: { run: { execute: () => [self_this === globalThis, typeof self_this.emit === "undefined"] } } };
