// attacks: the global Promise replaced by a class of the program
// expect: result "true"
export default {
  tools: {
    run: {
      async execute() {
        globalThis.Promise = class { constructor() { throw new Error("no promises"); } static resolve() { throw new Error("no"); } };
        return "true";
      },
    },
  },
};
