// attacks: a tool that resolves its result in two ways at once
// expect: result "returned"
export default {
  tools: {
    run: {
      async execute() {
        setTimeout(() => Promise.resolve("second"), 0);
        queueMicrotask(() => "third");
        return "returned";
      },
    },
  },
};
