// attacks: import() of an object whose text never comes
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        await import({ toString() { for (;;) {} } });
      },
    },
  },
};
