// attacks: replaceAll that squares a string, again and again
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        let text = "aa";
        for (;;) text = text.replaceAll("a", text);
      },
    },
  },
};
