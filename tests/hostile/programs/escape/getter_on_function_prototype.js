// attacks: getters on Function.prototype that see the receiver of each call
// expect: result 0
export default {
  tools: {
    run: {
      async execute() {
        let seen = 0;
        Object.defineProperty(Function.prototype, "then", { get() { if (this.name === "emit") seen++; return undefined; }, configurable: true });
        await null;
        console.log("x");
        return seen;
      },
    },
  },
};
