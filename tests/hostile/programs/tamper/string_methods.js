// attacks: every method of strings replaced before an error is thrown
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        for (const name of Object.getOwnPropertyNames(String.prototype)) {
          if (typeof String.prototype[name] === "function") String.prototype[name] = () => { throw new Error("forged"); };
        }
        throw new TypeError("true reason");
      },
    },
  },
};
