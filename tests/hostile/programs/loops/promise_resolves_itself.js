// attacks: a promise that is resolved with itself
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        const { promise, resolve } = Promise.withResolvers();
        resolve(promise);
        return promise;
      },
    },
  },
};
