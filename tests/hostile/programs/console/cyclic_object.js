// attacks: a console line of an object that contains itself
// expect: result "shown"
// console: "<ref *1> { self: [Circular *1] }"
export default {
  tools: {
    run: {
      async execute() {
        const cycle = {};
        cycle.self = cycle;
        console.log(cycle);
        return "shown";
      },
    },
  },
};
