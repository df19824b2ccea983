// attacks: arguments.callee of the sloppy functions around the tool
// expect: result true
export default {
  tools: {
    run: {
      async execute() {
        const callee = Function("return arguments.callee")();
        return typeof callee === "function" && callee.caller === undefined | callee.caller === null ? true : String(callee.caller);
      },
    },
  },
};
