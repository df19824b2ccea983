// attacks: the constructors of async and generator functions
// expect: result ["object","object","object"]
export default {
  tools: {
    run: {
      async execute() {
        const kinds = [async () => {}, function* () {}, async function* () {}];
        return kinds.map((kind) => { const made = kind.constructor("return globalThis.emit"); return typeof made(); });
      },
    },
  },
};
