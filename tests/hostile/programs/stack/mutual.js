// attacks: two functions that call each other without end
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const ping = (n) => pong(n + 1) + 1;
        const pong = (n) => ping(n + 1) + 1;
        return ping(0);
      },
    },
  },
};
