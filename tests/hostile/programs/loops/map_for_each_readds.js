// attacks: Map.forEach whose callback puts back what it was given
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const map = new Map([[1, 1]]);
        map.forEach((value, key) => { map.delete(key); map.set(key, value); });
      },
    },
  },
};
