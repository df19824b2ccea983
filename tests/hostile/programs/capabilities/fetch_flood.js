// attacks: a few thousand refused requests at once
// expect: result 2000
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let refused = 0;
        for (let i = 0; i < 20; i++) {
          const all = await Promise.allSettled(Array.from({ length: 100 }, () => fetch("https://example.com/")));
          refused += all.filter((one) => one.status === "rejected").length;
        }
        return refused;
      },
    },
  },
};
