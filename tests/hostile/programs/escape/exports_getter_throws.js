// attacks: an agent whose tools are behind a getter that throws
// expect: TOOL_NOT_FOUND
export default { get tools() { throw new Error("no tools for you"); } };
