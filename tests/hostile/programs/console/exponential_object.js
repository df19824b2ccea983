// attacks: a console line of an object that refers to itself twice at each of forty levels
// expect: result "shown"
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let node = {};
        for (let i = 0; i < 40; i++) node = { left: node, right: node };
        console.log(node);
        console.dir(node, { depth: null });
        console.table([node, node]);
        return "shown";
      },
    },
  },
};
