// attacks: template objects of ever new functions
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (let i = 0; ; i++) kept.push(Function("tag", `return tag\`${i}${"x".repeat(1000)}\${tag}\``)((parts) => parts));
      },
    },
  },
};
