// attacks: stacks, looking for addresses and host paths
// expect: result false
export default {
  tools: {
    run: {
      async execute() {
        return /0x[0-9a-f]{6}|\/(?:home|usr|work|tmp|proc)\b/.test(new Error("x").stack + Function("return new Error().stack")());
      },
    },
  },
};
