// attacks: WebAssembly, a second engine inside the sandbox
// expect: result "undefined"
export default {
  tools: {
    run: {
      async execute() {
        return typeof WebAssembly;
      },
    },
  },
};
