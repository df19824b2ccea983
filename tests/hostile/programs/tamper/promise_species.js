// attacks: the species of Promise replaced to catch the host's own promises
// expect: result [0,"fine"]
export default {
  tools: {
    run: {
      async execute() {
        let caught = 0;
        Object.defineProperty(Promise, Symbol.species, { get() { caught++; return Promise; }, configurable: true });
        await new Promise((resolve) => setTimeout(resolve, 1));
        return [caught, "fine"];
      },
    },
  },
};
