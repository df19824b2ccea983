// attacks: a format argument whose toString throws
// expect: one of result "shown", THROWN Error: Node shows such an object, and the browsers throw; either keeps the host whole
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
