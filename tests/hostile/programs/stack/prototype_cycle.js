// attacks: a prototype chain that would be a circle
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        const a = {};
        const b = Object.create(a);
        Object.setPrototypeOf(a, b);
      },
    },
  },
};
