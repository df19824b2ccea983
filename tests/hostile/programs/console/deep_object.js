// attacks: a console line of an object nested a hundred thousand deep
// expect: result "shown"
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let deep = {};
        for (let i = 0; i < 100000; i++) deep = { deep };
        console.dir(deep, { depth: null });
        return "shown";
      },
    },
  },
};
