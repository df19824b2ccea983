// attacks: console lines of a call that may write none
// expect: result "quiet"
// limits: console 0
export default {
  tools: {
    run: {
      async execute() {
        console.log("nobody sees this");
        return "quiet";
      },
    },
  },
};
