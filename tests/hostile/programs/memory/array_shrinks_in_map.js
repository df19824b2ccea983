// attacks: an array emptied from inside its own callback
// expect: result 3
export default {
  tools: {
    run: {
      async execute() {
        const items = [1, 2, 3, ...new Array(10000).fill(4)];
        let visits = 0;
        items.forEach(() => { if (++visits === 3) items.length = 0; });
        return visits;
      },
    },
  },
};
