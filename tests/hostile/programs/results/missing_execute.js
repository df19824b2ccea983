// attacks: a tool that is no tool
// expect: TOOL_NOT_FOUND
export default { tools: { run: { description: "nothing to call" } } };
