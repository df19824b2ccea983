// attacks: Array[Symbol.species] replaced by a constructor that keeps what it makes
// expect: result [0,"rang"]
export default {
  tools: {
    run: {
      async execute() {
        const made = [];
        Object.defineProperty(Array, Symbol.species, { get: () => class extends Array { constructor(...a) { super(...a); made.push(this); } }, configurable: true });
        const rang = await new Promise((resolve) => setTimeout(resolve, 1, "rang"));
        return [made.length, rang];
      },
    },
  },
};
