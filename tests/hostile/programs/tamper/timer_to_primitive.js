// attacks: a forged timer handle whose conversion to a number throws: nothing converts it
// expect: result null
export default {
  tools: {
    run: {
      async execute() {
        clearTimeout({ [Symbol.toPrimitive]() { throw new EvalError("no number"); } });
      },
    },
  },
};
