// attacks: a generator that resumes itself while it runs
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        let generator;
        generator = (function* () { generator.next(); yield 1; })();
        return generator.next().value;
      },
    },
  },
};
