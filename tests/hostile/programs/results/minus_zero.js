// attacks: minus zero in the result
// expect: result [0,"-Infinity"]
export default {
  tools: {
    run: {
      async execute() {
        return [-0, String(1 / -0)];
      },
    },
  },
};
