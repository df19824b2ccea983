// attacks: getters on Object.prototype that poison property descriptors
// expect: THROWN TypeError
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
