// attacks: async functions that are all suspended
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const never = new Promise(() => {});
        const wait = async (data) => { await never; return data; };
        for (;;) wait(new Array(10).fill(1));
      },
    },
  },
};
