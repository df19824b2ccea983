// attacks: an overflow that is caught: the tool goes on
// expect: result "fine"
export default {
  tools: {
    run: {
      async execute() {
        const down = () => down() + 1;
        try { down(); } catch (error) { return error instanceof RangeError ? "fine" : String(error); }
      },
    },
  },
};
