// attacks: a toJSON that throws a proxy whose every trap throws
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        const trap = () => { throw new Error("trap"); };
        const handler = new Proxy({}, { get: () => trap });
        return { toJSON() { throw new Proxy({}, handler); } };
      },
    },
  },
};
