// attacks: a result of very many small items
// expect: OUTPUT_TOO_LARGE
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        return new Array(400000).fill("item");
      },
    },
  },
};
