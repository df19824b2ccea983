// attacks: setters on Object.prototype for the fields of a failure
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute(input) {
        for (const key of ["kind", "message", "name", "stack", "id", "capability", "input"]) {
          Object.defineProperty(Object.prototype, key, { set() {}, get: () => "CANCELLED", configurable: true });
        }
        throw new TypeError("true reason");
      },
    },
  },
};
