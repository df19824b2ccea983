// attacks: the walk from the input, the context and the abort signal
// expect: result [true,true,true]
export default {
  tools: {
    run: {
      async execute(input, options) {
        const realms = [input, options, options.abortSignal].map((value) => value.constructor.constructor("return globalThis")());
        return realms.map((realm) => realm === globalThis);
      },
    },
  },
};
