// attacks: a sum of two hundred thousand terms given to the parser
// expect: result 200000
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return eval("1" + "+1".repeat(199999));
      },
    },
  },
};
