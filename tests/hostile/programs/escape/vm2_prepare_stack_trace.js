// attacks: the class of bug in which prepareStackTrace gets call sites of host frames
// expect: result "no host"
export default {
  tools: {
    run: {
      async execute() {
        let result = "no host";
        Error.prepareStackTrace = (error, sites) => { for (const site of sites ?? []) if (site?.getThis?.()?.process?.mainModule) result = "host"; return ""; };
        void new Error().stack;
        try { null.x; } catch (error) { void error.stack; }
        return result;
      },
    },
  },
};
