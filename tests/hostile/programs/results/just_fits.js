// attacks: a result exactly as large as the limit of the call
// expect: result "xxxxxxxxxxxxxx"
// limits: output 16
export default {
  tools: {
    run: {
      async execute() {
        return "x".repeat(14);
      },
    },
  },
};
