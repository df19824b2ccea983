// attacks: an endless loop in a setter
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const trap = { set value(v) { for (;;) {} } };
        trap.value = 1;
      },
    },
  },
};
