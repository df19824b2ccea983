// attacks: a thrown proxy whose every trap throws
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        const trap = () => { throw new Error("trap"); };
        throw new Proxy(new Error("inner"), new Proxy({}, { get: () => trap }));
      },
    },
  },
};
