// attacks: Error.prepareStackTrace that loops whenever an error is made
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        Error.prepareStackTrace = () => { for (;;) {} };
        throw new TypeError("true reason");
      },
    },
  },
};
