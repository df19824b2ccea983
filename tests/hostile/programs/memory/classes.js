// attacks: ever new classes, each extending the one before
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        let Base = class {};
        for (;;) Base = class extends Base { #secret = 1; static field = Base; method() { return this.#secret; } };
      },
    },
  },
};
