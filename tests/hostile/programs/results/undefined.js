// attacks: no result at all
// expect: result null
export default {
  tools: {
    run: {
      async execute() {
        return undefined;
      },
    },
  },
};
