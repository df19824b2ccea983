// attacks: a set that only grows
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const set = new Set();
        for (let i = 0; ; i++) set.add(`${i}`);
      },
    },
  },
};
