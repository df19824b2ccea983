// attacks: a `then` on Object.prototype set while loading, which never calls back
// expect: one of NEVER_SETTLED, result "fine": every object of the program is a thenable now
Object.prototype.then = function () {};
export default { tools: { run: { execute: () => "fine" } } };
