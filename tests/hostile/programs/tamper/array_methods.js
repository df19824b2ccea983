// attacks: every method of arrays replaced before an error is thrown
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        for (const name of Object.getOwnPropertyNames(Array.prototype)) {
          if (typeof Array.prototype[name] === "function" && name !== "constructor") Array.prototype[name] = () => { throw new Error("forged"); };
        }
        throw new TypeError("true reason");
      },
    },
  },
};
