// attacks: a console line of an object whose getters throw
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        console.log({ get bad() { throw new Error("no"); } }, { [Symbol.toStringTag]: 7, get constructor() { throw 1; } });
        return "shown";
      },
    },
  },
};
