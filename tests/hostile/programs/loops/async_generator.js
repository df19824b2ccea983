// attacks: an async generator that never ends, returned as the tool's stream
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      execute() {
        return (async function* () { for (;;) yield 1; })();
      },
    },
  },
};
