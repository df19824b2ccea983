// attacks: a getter for Error.prototype.name and message that counts the host's readings
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        Object.defineProperty(Error.prototype, "name", { get() { return "Forged".repeat(1e6); } });
        Object.defineProperty(Error.prototype, "message", { get() { throw 1; } });
        throw new Error();
      },
    },
  },
};
