// attacks: the walk from an object to process.binding
// expect: result {}
export default {
  tools: {
    run: {
      async execute() {
        const process = {}.constructor.constructor("return process")();
        return process.binding("fs");
      },
    },
  },
};
