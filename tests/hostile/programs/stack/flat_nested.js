// attacks: arrays nested deeper than flat can go
// expect: STACK_OVERFLOW RangeError
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let nested = [];
        for (let i = 0; i < 300000; i++) nested = [nested];
        return nested.flat(Infinity).length;
      },
    },
  },
};
