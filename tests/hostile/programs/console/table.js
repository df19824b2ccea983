// attacks: a console table of very many columns and rows
// expect: one of result "shown", FUEL_EXHAUSTED, MEMORY_EXCEEDED: laying out a table costs the call's own fuel and memory
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        console.table(Array.from({ length: 2000 }, (_, i) => ({ [`column${i}`]: i })));
        return "shown";
      },
    },
  },
};
