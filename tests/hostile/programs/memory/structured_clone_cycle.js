// attacks: structuredClone of an object that contains itself
// expect: result true
export default {
  tools: {
    run: {
      async execute() {
        const cycle = { list: [] };
        cycle.list.push(cycle, cycle.list);
        const copy = structuredClone(cycle);
        return copy !== cycle && copy.list[0] === copy && copy.list[1] === copy.list;
      },
    },
  },
};
