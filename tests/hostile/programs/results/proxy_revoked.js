// attacks: a result that is a revoked proxy
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    },
  },
};
