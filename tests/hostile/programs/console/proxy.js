// attacks: a console line of a proxy whose every trap throws
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        const trap = () => { throw new Error("trap"); };
        const handler = new Proxy({}, { get: () => trap });
        console.log(new Proxy({}, handler), new Proxy(() => {}, handler), [new Proxy([], handler)]);
        return "shown";
      },
    },
  },
};
