// attacks: Promise.prototype.then replaced by one that does nothing
// expect: result "done"
export default {
  tools: {
    run: {
      async execute() {
        Promise.prototype.then = () => {};
        return "done";
      },
    },
  },
};
