// attacks: a program text of many megabytes given to eval
// expect: one of MEMORY_EXCEEDED, FUEL_EXHAUSTED: parsing costs both
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        return eval("[" + "1,".repeat(8e6) + "]").length;
      },
    },
  },
};
