// attacks: an input schema with a million complaints
// expect: INVALID_INPUT
// limits: fuel 8G
const issues = new Array(300000).fill({ message: "x".repeat(1000), path: ["a"] });
export default { tools: { run: { inputSchema: { "~standard": { validate: () => ({ issues }) } }, execute: () => 1 } } };
