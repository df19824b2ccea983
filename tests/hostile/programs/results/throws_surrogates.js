// attacks: an error whose message is lone surrogates and NUL
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        throw new Error("\ud800\u0000\udfff");
      },
    },
  },
};
