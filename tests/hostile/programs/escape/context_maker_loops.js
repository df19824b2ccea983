// attacks: a runtime context that is never made
// expect: FUEL_EXHAUSTED
export default { createRuntimeContext() { for (;;) {} }, tools: { run: { execute: () => 1 } } };
