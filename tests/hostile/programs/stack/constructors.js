// attacks: a class whose constructor makes another one
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        class Again { constructor() { this.next = new Again(); } }
        return new Again();
      },
    },
  },
};
