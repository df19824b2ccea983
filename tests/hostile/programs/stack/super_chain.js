// attacks: a chain of a hundred thousand classes, each calling super
// expect: STACK_OVERFLOW RangeError
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let Base = class {};
        for (let i = 0; i < 100000; i++) Base = class extends Base { constructor() { super(); } };
        return typeof new Base();
      },
    },
  },
};
