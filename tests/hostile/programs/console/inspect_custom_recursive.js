// attacks: a custom inspect function that returns a new one each time
// expect: result "shown"
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
