// attacks: microtasks without end that are left running when the tool returns
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const again = () => queueMicrotask(again);
        again();
        return "done";
      },
    },
  },
};
