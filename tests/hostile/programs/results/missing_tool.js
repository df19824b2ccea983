// attacks: a program without the tool
// expect: TOOL_NOT_FOUND
export default { tools: {} };
