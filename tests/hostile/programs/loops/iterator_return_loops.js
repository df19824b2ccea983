// attacks: an iterator whose return method loops when the loop is left
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const iterator = { next: () => ({ done: false, value: 1 }), return() { for (;;) {} } };
        for (const item of { [Symbol.iterator]: () => iterator }) break;
      },
    },
  },
};
