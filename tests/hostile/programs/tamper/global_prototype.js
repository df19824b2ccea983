// attacks: the prototype of the global object replaced by a proxy
// expect: result "fine"
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
