// attacks: every global deleted
// expect: result [1]
export default {
  tools: {
    run: {
      async execute() {
        for (const name of Object.getOwnPropertyNames(globalThis)) { try { delete globalThis[name]; } catch {} }
        return [1];
      },
    },
  },
};
