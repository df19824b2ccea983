// attacks: Date.now replaced while a timer waits
// expect: result "woke"
export default {
  tools: {
    run: {
      async execute() {
        Date.now = () => 0;
        globalThis.Date = class { static now() { return Infinity; } };
        await new Promise((resolve) => setTimeout(resolve, 5));
        return "woke";
      },
    },
  },
};
