// attacks: a global match whose lastIndex is reset in an overridden exec
// expect: one of FUEL_EXHAUSTED, MEMORY_EXCEEDED: every match is kept until the list is complete
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        const regex = /a/g;
        regex.exec = () => ({ 0: "a", index: 0, length: 1 });
        return "aaa".match(regex).length;
      },
    },
  },
};
