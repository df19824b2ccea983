// attacks: an event source
// expect: THROWN ReferenceError
export default {
  tools: {
    run: {
      async execute() {
        return typeof new EventSource("https://example.com/");
      },
    },
  },
};
