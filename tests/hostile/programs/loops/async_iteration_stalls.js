// attacks: an async iterator whose next never settles
// expect: NEVER_SETTLED
export default {
  tools: {
    run: {
      async execute() {
        for await (const part of { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) return part;
      },
    },
  },
};
