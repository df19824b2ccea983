// attacks: for-await over an async generator that never ends
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        async function* ticks() { for (;;) yield Promise.resolve(1); }
        for await (const tick of ticks()) if (tick !== 1) break;
      },
    },
  },
};
