// attacks: one console line of many megabytes
// expect: result "quiet"
export default {
  tools: {
    run: {
      async execute() {
        console.log("x".repeat(8 << 20));
        return "quiet";
      },
    },
  },
};
