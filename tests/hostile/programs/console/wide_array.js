// attacks: a console line of an array of four billion holes
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        console.log(new Array(2 ** 32 - 1));
        return "shown";
      },
    },
  },
};
