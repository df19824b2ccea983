// attacks: the class of bug in which a stack overflow inside the host's code throws the host's error
// expect: result true
export default {
  tools: {
    run: {
      async execute() {
        let same = true;
        const down = () => {
          try { down(); } catch { try { console.log({ a: 1 }); fetch("https://x.example/"); } catch (error) { same = error.constructor.constructor("return globalThis")() === globalThis; } }
        };
        down();
        return same;
      },
    },
  },
};
