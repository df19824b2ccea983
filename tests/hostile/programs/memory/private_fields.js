// attacks: one object that gets ever more private fields
// expect: one of MEMORY_EXCEEDED, FUEL_EXHAUSTED: looking up the next field may get slower with each
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        class Same { constructor(o) { return o; } }
        const target = {};
        for (;;) new (class extends Same { #field = 1; })(target);
      },
    },
  },
};
