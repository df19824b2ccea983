// attacks: timers counted against each other as a clock, which is no finer than a millisecond
// expect: result true
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let ticks = 0;
        const interval = setInterval(() => ticks++, 0);
        await new Promise((resolve) => setTimeout(resolve, 50));
        clearInterval(interval);
        return ticks <= 60;
      },
    },
  },
};
