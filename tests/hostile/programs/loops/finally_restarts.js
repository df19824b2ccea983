// attacks: a finally block that undoes every break
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        for (;;) {
          try {
            break;
          } finally {
            continue;
          }
        }
      },
    },
  },
};
