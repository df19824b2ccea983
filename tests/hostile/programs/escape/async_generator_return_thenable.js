// attacks: an async generator whose return is given a thenable that never settles
// expect: NEVER_SETTLED
export default {
  tools: {
    run: {
      async execute() {
        const generator = (async function* () { yield 1; })();
        return (await generator.return({ then() {} })).value;
      },
    },
  },
};
