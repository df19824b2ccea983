// attacks: lone surrogates in a console line, which no text can carry
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        console.log("\ud800\udfff\ud800 and \udc00");
        return "shown";
      },
    },
  },
};
