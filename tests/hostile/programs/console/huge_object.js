// attacks: a console line of an object with a million members
// expect: result "shown"
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        console.log(Object.fromEntries(Array.from({ length: 100000 }, (_, i) => [`key${i}`, i])));
        return "shown";
      },
    },
  },
};
