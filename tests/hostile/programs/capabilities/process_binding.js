// attacks: the internals behind process.binding
// expect: result null
export default {
  tools: {
    run: {
      async execute() {
        return process.binding("spawn_sync").spawn ?? null;
      },
    },
  },
};
