// attacks: the class of bug in which an inspect function of the host is reached through a proxy
// expect: result true
export default {
  tools: {
    run: {
      async execute(input, options) {
        let reached = true;
        const custom = Symbol.for("nodejs.util.inspect.custom");
        console.log(new Proxy({ [custom]: (depth, options, inspect) => { reached = inspect.constructor("return globalThis")() === globalThis; return "x"; } }, {}));
        return reached;
      },
    },
  },
};
