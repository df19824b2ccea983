// attacks: a console line of an error whose name is an endless getter
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("x");
        Object.defineProperty(error, "name", { get() { for (;;) {} } });
        console.log(error);
      },
    },
  },
};
