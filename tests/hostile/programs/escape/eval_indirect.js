// attacks: indirect eval that declares globals
// expect: result [2,true]
export default {
  tools: {
    run: {
      async execute() {
        (0, eval)("var leaked = 2");
        return [globalThis.leaked, delete globalThis.other];
      },
    },
  },
};
