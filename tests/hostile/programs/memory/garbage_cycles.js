// attacks: garbage in cycles, which a collector must find
// expect: FUEL_EXHAUSTED
// limits: fuel 4G
export default {
  tools: {
    run: {
      async execute() {
        for (;;) {
          const a = { data: new Array(100).fill(0) };
          a.self = { a };
        }
      },
    },
  },
};
