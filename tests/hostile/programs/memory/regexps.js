// attacks: ever new regular expressions that are kept
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const kept = [];
        for (let i = 0; ; i++) kept.push(new RegExp(`(?:a{${i % 1000}}|b*){10}${"[^x-z]".repeat(200)}${i}`));
      },
    },
  },
};
