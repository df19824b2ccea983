// attacks: a forged timer handle whose conversion to a number throws
// expect: THROWN EvalError
export default {
  tools: {
    run: {
      async execute() {
        clearTimeout({ [Symbol.toPrimitive]() { throw new EvalError("no number"); } });
      },
    },
  },
};
