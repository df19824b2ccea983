// attacks: an input schema whose validation throws
// expect: THROWN Error
export default { tools: { run: { inputSchema: { "~standard": { validate() { throw new Error("bad schema"); } } }, execute: () => 1 } } };
