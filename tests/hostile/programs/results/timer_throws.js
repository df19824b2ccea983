// attacks: a timer's callback that throws while the tool waits
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        setTimeout(() => { throw new RangeError("from a timer"); }, 1);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      },
    },
  },
};
