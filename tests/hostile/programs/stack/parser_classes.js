// attacks: nested class expressions given to the parser
// expect: STACK_OVERFLOW RangeError
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return typeof eval("(class extends ".repeat(100000));
      },
    },
  },
};
