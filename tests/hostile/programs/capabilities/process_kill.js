// attacks: killing the process and its parent
// expect: CAPABILITY_DENIED
export default {
  tools: {
    run: {
      async execute() {
        process.kill(process.ppid, "SIGKILL");
      },
    },
  },
};
