// attacks: a thrown string
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        throw "just text";
      },
    },
  },
};
