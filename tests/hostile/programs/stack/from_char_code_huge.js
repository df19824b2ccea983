// attacks: String.fromCharCode applied to sixty thousand codes
// expect: result 60000
export default {
  tools: {
    run: {
      async execute() {
        return String.fromCharCode.apply(null, new Uint16Array(60000).fill(65)).length;
      },
    },
  },
};
