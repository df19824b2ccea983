// attacks: URLSearchParams that only grow
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const params = new URLSearchParams();
        for (let i = 0; ; i++) params.append(`key${i}`, "v".repeat(1000));
      },
    },
  },
};
