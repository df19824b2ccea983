// attacks: async context and diagnostics, looking for another call's store
// expect: result ["undefined",false]
export default {
  tools: {
    run: {
      async execute() {
        const { AsyncLocalStorage } = await import("node:async_hooks");
        const { channel } = await import("node:diagnostics_channel");
        return [typeof new AsyncLocalStorage().getStore(), channel("http").hasSubscribers];
      },
    },
  },
};
