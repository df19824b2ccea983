// attacks: the classic walk from an array to Function and the global object
// expect: result ["undefined","undefined","undefined"]
export default {
  tools: {
    run: {
      async execute() {
        const scope = [].constructor.constructor("return globalThis")();
        return [typeof scope.native, typeof scope.emit, typeof scope.process.mainModule];
      },
    },
  },
};
