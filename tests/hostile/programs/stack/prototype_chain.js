// attacks: a prototype chain of a hundred thousand links
// expect: one of result "undefined", STACK_OVERFLOW: the lookup may be a loop or a recursion
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
