// attacks: a program with a hundred thousand tools, none of them the one asked for
// expect: TOOL_NOT_FOUND
// limits: fuel 8G
const tools = {};
for (let i = 0; i < 100000; i++) tools[`${"t".repeat(20)}${i}`] = { execute: () => i };
export default { tools };
