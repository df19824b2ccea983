// attacks: an array emptied by valueOf from inside splice
// expect: result 0
export default {
  tools: {
    run: {
      async execute() {
        const items = new Array(1000).fill({});
        const removed = items.splice({ valueOf() { items.length = 0; return 500; } }, 400);
        return removed.filter((item) => item !== undefined).length;
      },
    },
  },
};
