// attacks: async functions that call themselves before they await
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const again = async () => (await again()) + 1;
        return again();
      },
    },
  },
};
