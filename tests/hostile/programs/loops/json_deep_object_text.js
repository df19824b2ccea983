// attacks: JSON text of objects in objects
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        return JSON.parse('{"a":'.repeat(500000) + "1" + "}".repeat(500000));
      },
    },
  },
};
