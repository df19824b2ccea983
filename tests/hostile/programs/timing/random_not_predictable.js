// attacks: random numbers, looking for the recurrence of a weak generator
// expect: result 0
export default {
  tools: {
    run: {
      async execute() {
        const drawn = Array.from({ length: 2000 }, () => Math.random());
        return drawn.length - new Set(drawn).size;
      },
    },
  },
};
