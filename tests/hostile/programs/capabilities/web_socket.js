// attacks: a web socket
// expect: CAPABILITY_DENIED
export default {
  tools: {
    run: {
      async execute() {
        return typeof new WebSocket("wss://evil.example/");
      },
    },
  },
};
