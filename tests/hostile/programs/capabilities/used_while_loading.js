// attacks: a capability used at the top level
// expect: LOAD_FAILED LoadFailedError
const page = await fetch("https://example.com/");
export default { tools: { run: { execute: () => page.status } } };
