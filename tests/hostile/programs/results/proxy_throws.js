// attacks: a result that is a proxy whose every trap throws
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        const trap = () => { throw new Error("trap"); };
        return new Proxy({}, new Proxy({}, { get: () => trap }));
      },
    },
  },
};
