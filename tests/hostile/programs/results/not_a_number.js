// attacks: NaN and the infinities in the result
// expect: result [null,null,null]
export default {
  tools: {
    run: {
      async execute() {
        return [NaN, Infinity, -Infinity];
      },
    },
  },
};
