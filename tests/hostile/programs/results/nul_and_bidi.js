// attacks: NUL, bidirectional overrides and line separators in the result
// expect: result "a\u0000b\u202ec\u2028d\u2029\ufeff\ufffe"
export default {
  tools: {
    run: {
      async execute() {
        return "a\u0000b\u202ec\u2028d\u2029\ufeff\ufffe";
      },
    },
  },
};
