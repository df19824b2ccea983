// attacks: a thrown error whose message loops
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        throw { get message() { for (;;) {} } };
      },
    },
  },
};
