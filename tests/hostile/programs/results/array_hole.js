// attacks: holes and extra members of an array
// expect: result [null,1,null]
export default {
  tools: {
    run: {
      async execute() {
        const items = [, 1, ,];
        items.extra = "lost";
        return items;
      },
    },
  },
};
