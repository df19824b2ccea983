// attacks: a rejection after the result, which is too late
// expect: result "early"
export default {
  tools: {
    run: {
      async execute() {
        Promise.reject(new Error("late"));
        setTimeout(() => { throw new Error("later"); }, 1);
        return "early";
      },
    },
  },
};
