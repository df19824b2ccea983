// attacks: a capability used at the top level
// expect load: LOAD_FAILED CapabilityDeniedError
const page = await fetch("https://example.com/");
export default { tools: { run: { execute: () => page.status } } };
