// attacks: an endless loop in a timer's callback
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        await new Promise(() => setTimeout(() => { for (;;) {} }, 1));
      },
    },
  },
};
