// attacks: a proxy whose handler is a proxy whose prototype is the proxy
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const handler = {};
        const proxy = new Proxy({}, handler);
        Object.setPrototypeOf(handler, proxy);
        return proxy.anything;
      },
    },
  },
};
