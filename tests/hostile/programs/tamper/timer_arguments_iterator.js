// attacks: array iteration replaced before a timer with arguments is due
// expect: result "rang"
export default {
  tools: {
    run: {
      async execute() {
        const rang = new Promise((resolve) => setTimeout(resolve, 1, "rang"));
        Array.prototype[Symbol.iterator] = () => { throw new Error("no iteration"); };
        return rang;
      },
    },
  },
};
