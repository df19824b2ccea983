// attacks: console.trace at the bottom of a deep recursion
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        const down = (n) => (n === 0 ? console.trace("bottom") : down(n - 1));
        down(500);
        return "shown";
      },
    },
  },
};
