// attacks: a chain of twenty thousand classes, each calling super
// expect: STACK_OVERFLOW RangeError
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let Base = class {};
        for (let i = 0; i < 20000; i++) Base = class extends Base { constructor() { super(); } };
        return typeof new Base();
      },
    },
  },
};
