// attacks: a microtask that throws while the tool waits
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        queueMicrotask(() => { throw new TypeError("from a microtask"); });
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
    },
  },
};
