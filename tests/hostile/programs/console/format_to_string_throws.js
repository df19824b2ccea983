// attacks: a format argument whose toString throws
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        console.log("%s", { toString() { throw new Error("no"); } });
        console.log("%d", { valueOf() { throw new Error("no"); } });
        return "shown";
      },
    },
  },
};
