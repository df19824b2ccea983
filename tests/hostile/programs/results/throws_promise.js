// attacks: a promise thrown
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        throw Promise.reject(new Error("inner"));
      },
    },
  },
};
