// attacks: console lines without any text, which cost the limit nothing
// expect: result "quiet"
// console: "(console output exceeds its limit; the rest is omitted)"
// limits: fuel 20G, console 1K
export default {
  tools: {
    run: {
      async execute() {
        for (let i = 0; i < 100000; i++) console.log();
        return "quiet";
      },
    },
  },
};
