// attacks: a generator that never ends, read by for-of
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        function* numbers() { for (let n = 0; ; n++) yield n; }
        let sum = 0;
        for (const n of numbers()) sum += n;
        return sum;
      },
    },
  },
};
