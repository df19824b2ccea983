// attacks: a program whose namespace is a thenable
// expect: result "fine"
export function then(resolve) { resolve({ forged: true }); }
export default { tools: { run: { execute: () => "fine" } } };
