// attacks: iterator helpers over an endless source
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        function* naturals() { for (let n = 0; ; n++) yield n; }
        for (const n of naturals().filter((n) => n < 0)) return n;
      },
    },
  },
};
