// attacks: for-of over an array that grows with every step
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const items = [1];
        for (const item of items) items.push(item, item);
      },
    },
  },
};
