// attacks: async functions that await each other without end
// expect: one of STACK_OVERFLOW, FUEL_EXHAUSTED, MEMORY_EXCEEDED: awaited first, the calls chain on the heap
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const ping = async () => { await null; return pong(); };
        const pong = async () => { await null; return ping(); };
        return ping();
      },
    },
  },
};
