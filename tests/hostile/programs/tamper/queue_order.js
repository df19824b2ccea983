// attacks: Array.prototype.splice replaced while timers wait
// expect: result "rang"
export default {
  tools: {
    run: {
      async execute() {
        Array.prototype.splice = () => { throw new Error("no"); };
        return new Promise((resolve) => setTimeout(resolve, 1, "rang"));
      },
    },
  },
};
