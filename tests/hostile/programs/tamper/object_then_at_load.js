// attacks: a `then` on Object.prototype set while loading, which never calls back
// expect: result "fine"
Object.prototype.then = function () {};
export default { tools: { run: { execute: () => "fine" } } };
