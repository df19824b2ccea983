// attacks: direct eval that declares variables around it
// expect: result [1,"undefined"]
export default {
  tools: {
    run: {
      async execute() {
        const seen = Function("eval('var inner = 1'); return inner")();
        return [seen, typeof inner];
      },
    },
  },
};
