// attacks: well-known symbols of the built-ins removed
// expect: result {"a":1}
export default {
  tools: {
    run: {
      async execute() {
        delete Symbol.prototype[Symbol.toPrimitive];
        delete Array.prototype[Symbol.unscopables];
        delete Promise[Symbol.species];
        delete String.prototype[Symbol.iterator];
        return { a: 1 };
      },
    },
  },
};
