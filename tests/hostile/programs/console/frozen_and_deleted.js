// attacks: a console that the program deletes
// expect: THROWN ReferenceError
export default {
  tools: {
    run: {
      async execute() {
        delete globalThis.console;
        console.log("gone");
      },
    },
  },
};
