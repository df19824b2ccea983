// attacks: a tool factory that makes tool factories
// expect: TOOL_NOT_FOUND
const factory = () => factory;
export default { tools: { run: factory } };
