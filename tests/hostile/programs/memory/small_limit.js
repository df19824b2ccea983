// attacks: a limit of memory below what the sandbox itself needs
// expect: MEMORY_EXCEEDED
// limits: memory 1M
export default {
  tools: {
    run: {
      async execute() {
        return 1;
      },
    },
  },
};
