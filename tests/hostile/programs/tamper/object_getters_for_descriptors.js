// attacks: getters on Object.prototype that poison property descriptors
// expect: one of THROWN, result "done": what the program itself defines afterwards may fail, the host's report may not
export default {
  tools: {
    run: {
      async execute() {
        for (const key of ["get", "set", "value", "writable", "enumerable", "configurable"]) {
          Object.defineProperty(Object.prototype, key, { get: () => "poison", set() {}, configurable: true });
        }
        return "done";
      },
    },
  },
};
