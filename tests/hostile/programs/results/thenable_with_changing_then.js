// attacks: a result whose `then` is another one at each reading
// expect: result "one"
export default {
  tools: {
    run: {
      async execute() {
        let reads = 0;
        return { get then() { reads++; return reads === 1 ? (resolve) => resolve("one") : undefined; } };
      },
    },
  },
};
