// attacks: Error.prepareStackTrace that throws whenever an error is made
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        Error.prepareStackTrace = () => { throw new Error("from prepareStackTrace"); };
        throw new TypeError("true reason");
      },
    },
  },
};
