// attacks: an input schema whose validation never ends
// expect: FUEL_EXHAUSTED
export default { tools: { run: { inputSchema: { "~standard": { validate() { for (;;) {} } } }, execute: () => 1 } } };
