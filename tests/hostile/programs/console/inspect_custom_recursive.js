// attacks: a custom inspect function that returns a new one each time
// expect: one of result "shown", STACK_OVERFLOW, FUEL_EXHAUSTED: the formatter may bound this or the call's own limits do
export default {
  tools: {
    run: {
      async execute() {
        const custom = Symbol.for("nodejs.util.inspect.custom");
        const make = () => ({ [custom]: make });
        console.log(make());
        return "shown";
      },
    },
  },
};
