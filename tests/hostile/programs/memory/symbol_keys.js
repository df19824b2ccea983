// attacks: an object with ever more symbol keys
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const holder = {};
        for (;;) holder[Symbol()] = 1;
      },
    },
  },
};
