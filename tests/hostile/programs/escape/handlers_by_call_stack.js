// attacks: Function.prototype.caller and arguments of the functions that call the tool
// expect: one of THROWN TypeError, result [null,null]: a sloppy function has them or not, the prelude's are strict
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
