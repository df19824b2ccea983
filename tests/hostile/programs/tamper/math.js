// attacks: the functions of Math replaced while a timer waits
// expect: result "woke"
export default {
  tools: {
    run: {
      async execute() {
        for (const name of ["ceil", "floor", "max", "min"]) Math[name] = () => -2;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return "woke";
      },
    },
  },
};
