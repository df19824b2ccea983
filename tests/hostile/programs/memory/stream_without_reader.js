// attacks: a stream that produces without end into its own queue
// expect: MEMORY_EXCEEDED
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        new ReadableStream({ start(controller) { for (;;) controller.enqueue(new Uint8Array(1 << 16)); } });
      },
    },
  },
};
