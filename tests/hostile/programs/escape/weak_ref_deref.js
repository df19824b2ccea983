// attacks: weak references read again after much garbage
// expect: result true
export default {
  tools: {
    run: {
      async execute() {
        const refs = Array.from({ length: 100 }, () => new WeakRef({ secret: 1 }));
        for (let i = 0; i < 20000; i++) ({ i, data: [i] });
        return refs.every((ref) => { const value = ref.deref(); return value === undefined || value.secret === 1; });
      },
    },
  },
};
