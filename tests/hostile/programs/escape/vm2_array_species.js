// attacks: the class of bug in which the host's own arrays are made by a species of the program
// expect: result 0
export default {
  tools: {
    run: {
      async execute() {
        let stolen = 0;
        Object.defineProperty(Array, Symbol.species, { value: class extends Array { constructor(...a) { super(...a); stolen++; } }, configurable: true });
        console.log([1, 2, 3], new Map([[1, 2]]));
        return stolen;
      },
    },
  },
};
