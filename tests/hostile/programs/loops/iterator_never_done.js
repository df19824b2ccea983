// attacks: an iterator that is never done, spread into an array
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const endless = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) };
        return [...endless].length;
      },
    },
  },
};
