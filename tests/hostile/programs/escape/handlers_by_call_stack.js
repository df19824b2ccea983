// attacks: Function.prototype.caller and arguments of the functions that call the tool
// expect: result [null,null]
export default {
  tools: {
    run: {
      async execute() {
        const tool = Function("return [tool.caller ?? null, tool.arguments?.callee?.caller ?? null]; function tool() {}");
        return tool();
      },
    },
  },
};
