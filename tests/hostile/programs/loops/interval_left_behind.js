// attacks: an interval that is left running when the tool returns
// expect: result "done"
export default {
  tools: {
    run: {
      async execute() {
        setInterval(() => { for (;;) {} }, 1);
        return "done";
      },
    },
  },
};
