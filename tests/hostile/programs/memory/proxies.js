// attacks: a proxy of a proxy of a proxy
// expect: STACK_OVERFLOW RangeError
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let proxy = {};
        for (let i = 0; i < 100000; i++) proxy = new Proxy(proxy, {});
        return proxy.anything;
      },
    },
  },
};
