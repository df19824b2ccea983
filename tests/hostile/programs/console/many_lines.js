// attacks: thirty thousand console lines
// expect: result "quiet"
// console: "(console output is over its limit; the rest is left out)"
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
