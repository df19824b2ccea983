// attacks: a map that only grows
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const map = new Map();
        for (let i = 0; ; i++) map.set(i, [i]);
      },
    },
  },
};
