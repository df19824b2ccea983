// attacks: an allocation that fails once and is caught: the tool goes on
// expect: result "survived"
export default {
  tools: {
    run: {
      async execute() {
        try {
          new Uint8Array(1 << 30);
          return "allocated";
        } catch {
          return "survived";
        }
      },
    },
  },
};
