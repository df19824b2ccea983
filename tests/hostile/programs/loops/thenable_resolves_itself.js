// attacks: a thenable that resolves to itself without end
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const thenable = { then(resolve) { resolve(thenable); } };
        return thenable;
      },
    },
  },
};
