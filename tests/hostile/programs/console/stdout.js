// attacks: a flood through process.stdout
// expect: result "quiet"
// console: "(console output exceeds its limit; the rest is omitted)"
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        for (let i = 0; i < 20000; i++) process.stdout.write("text without an end of line");
        return "quiet";
      },
    },
  },
};
