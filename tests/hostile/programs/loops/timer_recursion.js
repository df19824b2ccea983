// attacks: a timer that sets itself again for ever
// expect: DEADLINE_EXCEEDED
// limits: timeout 0.3, fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        const again = () => setTimeout(again, 0);
        again();
        await new Promise(() => {});
      },
    },
  },
};
