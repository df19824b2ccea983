// attacks: a refusal wrapped in other errors
// expect: CAPABILITY_DENIED
export default {
  tools: {
    run: {
      async execute() {
        try { await fetch("https://example.com/"); } catch (cause) { throw new Error("outer", { cause: new Error("inner", { cause }) }); }
      },
    },
  },
};
