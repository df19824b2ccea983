// attacks: an agent and a tool that are thenables which never settle
// expect: result "fine"
const then = () => {};
export default { then, tools: { then, run: { then, execute: () => "fine" } } };
