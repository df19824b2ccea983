// attacks: a web worker
// expect: THROWN ReferenceError
export default {
  tools: {
    run: {
      async execute() {
        return typeof new Worker("data:text/javascript,for(;;);");
      },
    },
  },
};
