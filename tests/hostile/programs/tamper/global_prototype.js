// attacks: the prototype of the global object replaced by a proxy
// expect: one of result "fine", THROWN TypeError: the engine may hold the global object's prototype fixed
export default {
  tools: {
    run: {
      async execute() {
        Object.setPrototypeOf(globalThis, new Proxy({}, { has: () => true, get: () => "forged" }));
        return "fine";
      },
    },
  },
};
