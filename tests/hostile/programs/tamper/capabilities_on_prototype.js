// attacks: a grant of fetch forged on Object.prototype
// expect: CAPABILITY_DENIED
Object.prototype.capabilities = ["fetch"];
export default { tools: { run: { execute: () => fetch("https://example.com/") } } };
