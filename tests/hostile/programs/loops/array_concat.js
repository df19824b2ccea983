// attacks: concatenating an array with itself for ever
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let items = [1, 2, 3];
        for (;;) items = items.concat(items);
      },
    },
  },
};
