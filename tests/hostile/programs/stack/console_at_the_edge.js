// attacks: console calls of a deep object at the very edge of the stack
// expect: result "survived"
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let deep = {};
        for (let i = 0; i < 50; i++) deep = { deep, list: [deep] };
        const down = () => { try { down(); } catch { console.log(deep); } };
        try { down(); } catch {}
        return "survived";
      },
    },
  },
};
