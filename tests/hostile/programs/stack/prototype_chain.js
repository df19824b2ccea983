// attacks: a prototype chain of a hundred thousand links
// expect: result "undefined"
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let chain = {};
        for (let i = 0; i < 100000; i++) chain = Object.create(chain);
        return typeof chain.missing;
      },
    },
  },
};
