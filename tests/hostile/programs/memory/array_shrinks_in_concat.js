// attacks: an array emptied by a getter from inside concat
// expect: result "safe"
export default {
  tools: {
    run: {
      async execute() {
        const items = [1, 2, 3];
        const nasty = [4];
        Object.defineProperty(nasty, 0, { get() { items.length = 0; return 4; } });
        items.concat(nasty, items, nasty);
        return "safe";
      },
    },
  },
};
