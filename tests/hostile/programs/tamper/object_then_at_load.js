// attacks: a `then` on Object.prototype set while loading, which never calls back
// expect: NEVER_SETTLED
Object.prototype.then = function () {};
export default { tools: { run: { execute: () => "fine" } } };
