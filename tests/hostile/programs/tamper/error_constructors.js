// attacks: every global error class replaced before a native error is thrown
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        class Fake { constructor() { this.name = "Forged"; } }
        for (const name of ["Error", "TypeError", "RangeError", "SyntaxError", "InternalError"]) globalThis[name] = Fake;
        null.member;
      },
    },
  },
};
