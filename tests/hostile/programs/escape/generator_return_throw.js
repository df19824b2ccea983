// attacks: a generator whose finally block throws from return and throw
// expect: THROWN RangeError
export default {
  tools: {
    run: {
      async execute() {
        function* stubborn() { for (;;) try { yield 1; } finally { throw new RangeError("stubborn"); } }
        const generator = stubborn();
        generator.next();
        return generator.return("left").value;
      },
    },
  },
};
