// attacks: an asyncIterator on Object.prototype, so that every result looks like a stream
// expect: one of result {"a":1}, THROWN, NEVER_SETTLED: the program made each of its objects a stream itself
export default {
  tools: {
    run: {
      async execute() {
        Object.prototype[Symbol.asyncIterator] = function () { return { next: async () => ({ done: true }) }; };
        return { a: 1 };
      },
    },
  },
};
