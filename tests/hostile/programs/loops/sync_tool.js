// attacks: an endless loop in a tool that is no async function
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      execute() {
        for (let i = 0; ; i++);
      },
    },
  },
};
