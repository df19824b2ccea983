// attacks: a get trap that reads the proxy again
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return new Proxy({}, { get: (target, key, receiver) => receiver[key] }).anything;
      },
    },
  },
};
