// attacks: an array-like that is no array
// expect: result {"length":3}
export default {
  tools: {
    run: {
      async execute() {
        return { length: 3 };
      },
    },
  },
};
