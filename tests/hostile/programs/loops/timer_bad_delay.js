// attacks: timers with delays that are no numbers
// expect: result 7
export default {
  tools: {
    run: {
      async execute() {
        const delays = [NaN, Infinity, -Infinity, -1, "soon", {}, 2 ** 60];
        const all = delays.map((delay) => new Promise((resolve) => setTimeout(() => resolve(1), delay)));
        return (await Promise.all(all)).reduce((sum, one) => sum + one);
      },
    },
  },
};
