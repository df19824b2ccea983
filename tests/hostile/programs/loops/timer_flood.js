// attacks: more timers than a call may have
// expect: LIMIT_EXCEEDED LimitExceededError
// limits: fuel 60G
export default {
  tools: {
    run: {
      async execute() {
        for (;;) setTimeout(() => {}, 1000);
      },
    },
  },
};
