// attacks: import() of JSON and text files by attributes
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        return (await import("./package.json", { with: { type: "json" } })).default;
      },
    },
  },
};
