// attacks: objects with ever new keys
// expect: MEMORY_EXCEEDED
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const holder = {};
        for (let i = 0; ; i++) holder[`key${i}`] = { i };
      },
    },
  },
};
