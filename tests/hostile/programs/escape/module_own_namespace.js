// attacks: a program that imports itself under its own name
// expect: result ["default"]
export default {
  tools: {
    run: {
      async execute() {
        return Object.keys(await import("bundle.js"));
      },
    },
  },
};
