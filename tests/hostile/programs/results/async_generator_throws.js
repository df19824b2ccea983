// attacks: an async generator that fails after it has yielded
// expect: THROWN Error
export default {
  tools: {
    run: {
      execute() {
        return (async function* () { yield 1; throw new Error("half way"); })();
      },
    },
  },
};
