// attacks: toJSON that stringifies
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const again = { toJSON: () => JSON.stringify(again) };
        return again;
      },
    },
  },
};
