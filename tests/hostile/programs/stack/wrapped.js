// attacks: an overflow that is wrapped in another error
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        const down = () => down() + 1;
        try { down(); } catch (error) { throw new Error("wrapped", { cause: error }); }
      },
    },
  },
};
