// attacks: shared memory and atomics, from which a fine timer is made
// expect: result ["undefined","undefined"]
export default {
  tools: {
    run: {
      async execute() {
        return [typeof SharedArrayBuffer, typeof Atomics];
      },
    },
  },
};
