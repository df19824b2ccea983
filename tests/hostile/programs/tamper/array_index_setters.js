// attacks: setters at indexes of Array.prototype, into which naive code writes
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        for (let i = 0; i < 50; i++) Object.defineProperty(Array.prototype, i, { set() { throw new Error("forged"); }, get() { return "forged"; }, configurable: true });
        throw new TypeError("true reason");
      },
    },
  },
};
