// attacks: a getter for Promise.prototype.constructor that sees each promise that is awaited
// expect: result "fine"
export default {
  tools: {
    run: {
      async execute() {
        Object.defineProperty(Promise.prototype, "constructor", { get() { return class Evil { constructor() { throw new Error("no"); } }; }, configurable: true });
        return "fine";
      },
    },
  },
};
