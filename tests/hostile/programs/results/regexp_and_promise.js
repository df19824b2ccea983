// attacks: objects without enumerable members as the result
// expect: result [{},{},{}]
export default {
  tools: {
    run: {
      async execute() {
        return [/a/, Promise.resolve(1), new WeakMap()];
      },
    },
  },
};
