// attacks: an async generator as the result: what it yielded last counts
// expect: result 3
export default {
  tools: {
    run: {
      execute() {
        return (async function* () { yield 1; yield 2; yield 3; })();
      },
    },
  },
};
