// attacks: normalising long text of combining marks for ever
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        const text = "e\u0301\u0323".repeat(20000);
        for (;;) text.normalize("NFC").normalize("NFD");
      },
    },
  },
};
