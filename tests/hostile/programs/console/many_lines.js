// attacks: thirty thousand console lines
// expect: result "quiet"
// console: "(console output exceeds its limit; the rest is omitted)"
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        for (let i = 0; i < 30000; i++) console.log("line", i);
        return "quiet";
      },
    },
  },
};
