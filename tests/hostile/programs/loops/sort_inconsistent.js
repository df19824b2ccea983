// attacks: a sort comparator that contradicts itself, on many items
// expect: result 20000
export default {
  tools: {
    run: {
      async execute() {
        let flip = 1;
        return Array.from({ length: 20000 }, (_, i) => i).sort(() => (flip = -flip)).length;
      },
    },
  },
};
